#!/bin/sh
# Compares the throughput of large bodies with nginx's. Needs nginx, curl and taskset.
set -eu
cd "$(dirname "$0")/../.."
. Benchmarks/require.sh
require python3=python3-venv nginx=nginx-light curl=curl taskset=util-linux
exec python3 -B Benchmarks/Bodies/run.py "$@"
