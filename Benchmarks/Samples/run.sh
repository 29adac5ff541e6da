#!/bin/sh
# Shows in which functions the gateway and nginx spend their CPU time, by sampling. Needs perf, nginx, wrk, openssl, curl and taskset.
set -eu
cd "$(dirname "$0")/../.."
. Benchmarks/require.sh
require python3=python3-venv nginx=nginx-light wrk=wrk openssl=openssl curl=curl taskset=util-linux perf=linux-perf
exec python3 -B Benchmarks/Samples/run.py "$@"
