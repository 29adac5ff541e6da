#!/bin/sh
# Counts the instructions that a request costs, under callgrind, and compares them with budget.json.
set -eu
command -v valgrind >/dev/null || {
    echo "valgrind is needed: apt-get install valgrind" >&2
    exit 1
}
exec python3 "$(dirname "$0")/measure.py" "$@"
