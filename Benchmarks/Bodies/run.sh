#!/bin/sh
# Compares the throughput of large bodies with nginx's. Needs nginx, curl and taskset.
set -eu
cd "$(dirname "$0")/../.."
for program in nginx curl taskset python3; do
    command -v "$program" >/dev/null || {
        echo "$program is needed: apt-get install nginx-light curl util-linux" >&2
        exit 1
    }
done
exec python3 -B Benchmarks/Bodies/run.py "$@"
