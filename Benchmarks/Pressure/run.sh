#!/bin/sh
# Measures memory and other callers' latency while many callers stall or upload. Needs nginx and taskset.
set -eu
cd "$(dirname "$0")/../.."
. Benchmarks/require.sh
require python3=python3-venv nginx=nginx-light taskset=util-linux
exec python3 -B Benchmarks/Pressure/run.py "$@"
