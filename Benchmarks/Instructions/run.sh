#!/bin/sh
# Counts the instructions of a request with callgrind, and compares them with budget.json. With --profile CASE it prints where they go.
set -eu
cd "$(dirname "$0")/../.."
. Benchmarks/require.sh
require valgrind=valgrind objcopy=binutils openssl=openssl
exec python3 -B Benchmarks/Instructions/measure.py "$@"
