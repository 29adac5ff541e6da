#!/bin/sh
# Measures what one tenant's dead upstream costs another tenant. Needs nginx, wrk and taskset.
set -eu
cd "$(dirname "$0")/../.."
for program in nginx wrk taskset python3; do
    command -v "$program" >/dev/null || {
        echo "$program is needed: apt-get install nginx-light wrk util-linux" >&2
        exit 1
    }
done
exec python3 -B Benchmarks/Isolation/run.py "$@"
