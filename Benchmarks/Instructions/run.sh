#!/bin/sh
# Counts instructions, allocations and system calls per request, and compares them with budget.json. With --profile CASE, prints where
# they go instead.
set -eu
cd "$(dirname "$0")/../.."
. Benchmarks/require.sh
require valgrind=valgrind objcopy=binutils openssl=openssl redis-server=redis-server
exec python3 -B Benchmarks/Instructions/measure.py "$@"
