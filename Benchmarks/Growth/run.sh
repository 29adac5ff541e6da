#!/bin/sh
# What a request costs with many tenants, and with many connections. Needs nginx, wrk, openssl and taskset.
set -eu
cd "$(dirname "$0")/../.."
for program in nginx wrk openssl taskset python3; do
    command -v "$program" >/dev/null || {
        echo "$program is needed: apt-get install nginx-light wrk openssl util-linux" >&2
        exit 1
    }
done
exec python3 -B Benchmarks/Growth/run.py "$@"
