#!/bin/sh
# Shows what the slowest percent of requests wait for, beside nginx. Needs perf with the right to trace the scheduler, nginx and taskset.
set -eu
cd "$(dirname "$0")/../.."
. Benchmarks/require.sh
require python3=python3-venv nginx=nginx-light openssl=openssl taskset=util-linux perf=linux-perf
exec python3 -B Benchmarks/Tail/run.py "$@"
