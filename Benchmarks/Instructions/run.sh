#!/bin/sh
# Counts the instructions that a request costs, under callgrind, and compares them with budget.json.
set -eu
{ command -v valgrind && command -v objcopy; } >/dev/null || {
    echo "valgrind and objcopy are needed: apt-get install valgrind binutils" >&2
    exit 1
}
exec python3 "$(dirname "$0")/measure.py" "$@"
