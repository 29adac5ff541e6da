#!/bin/sh
# Runs what takes little time of the suites that check what callers and monitoring are told, with the release build: calling, the examples
# for curl and Python, whether these clients repeat requests, openapi with few examples, monitoring and otlp. `make conformance` runs all
# of every suite. A suite whose packages cannot be installed is reported, and is not a failure.
set -eu

cd "$(dirname "$0")/../.."
export ZUORA_GATEWAY="${ZUORA_GATEWAY:-$PWD/.build-shipped/release/zuora-gateway}"
status=0
run() {
    printf '== %s\n' "$1"
    if ! Tests/Conformance/run.sh --install "$1"; then
        printf 'NOT CHECKED: %s: its packages could not be installed from PyPI\n' "$1" >&2
    elif ! timeout -k 10 120 Tests/Conformance/run.sh "$@"; then
        printf 'conformance: %s failed\n' "$1" >&2
        status=1
    fi
}
run calling
run examples curl requests httpx
run repeats curl requests httpx
run openapi 3
run monitoring
run otlp
exit "$status"
