#!/bin/sh
# Measures what the store of a fleet adds to requests, and how long the longest one takes when the store dies. Needs redis-server.
set -eu
cd "$(dirname "$0")/../.."
. Benchmarks/require.sh
require python3=python3-venv redis-server=redis-server openssl=openssl
exec python3 -B Benchmarks/Fleet/run.py "$@"
