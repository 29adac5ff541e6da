#!/bin/sh
# Counts the instructions of a request with callgrind, and compares them with budget.json.
set -eu
cd "$(dirname "$0")/../.."
. Benchmarks/require.sh
require valgrind=valgrind objcopy=binutils openssl=openssl
exec python3 -B Benchmarks/Instructions/measure.py "$@"
