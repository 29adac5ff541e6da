#!/bin/sh
# Measures how one tenant's failed upstream affects another tenant. Needs nginx, wrk and taskset.
set -eu
cd "$(dirname "$0")/../.."
. Benchmarks/require.sh
require python3=python3-venv nginx=nginx-light wrk=wrk taskset=util-linux
exec python3 -B Benchmarks/Isolation/run.py "$@"
