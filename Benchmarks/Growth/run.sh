#!/bin/sh
# Measures the cost of a request with many tenants and with many connections. Needs nginx, wrk, openssl and taskset.
set -eu
cd "$(dirname "$0")/../.."
. Benchmarks/require.sh
require python3=python3-venv nginx=nginx-light wrk=wrk openssl=openssl taskset=util-linux
exec python3 -B Benchmarks/Growth/run.py "$@"
