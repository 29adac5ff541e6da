#!/usr/bin/env bash
# Builds and runs all tests, each step with a limit, so that nothing can hang for ever.
# Without arguments in two runs: the pure ones side by side, then those with sockets and processes one after the other, so that
# none waits for a processor that another one holds. What all of it put out is then searched for secrets.
set -euo pipefail
cd "$(dirname "$0")/.."
# A crash must end the run, not start an interactive backtrace.
export SWIFT_BACKTRACE="${SWIFT_BACKTRACE:-enable=no}"
timeout -k 10 1500 swift build --build-tests
if [ $# -gt 0 ]; then
    exec timeout -k 10 900 swift test --skip-build "$@"
fi
kept=$(mktemp -d)
trap 'rm -rf "$kept"' EXIT
mkdir "$kept/processes"
# The tests put there what the program under test has said.
export ZUORA_GATEWAY_TEST_OUTPUT="$kept/processes"
network='CurlClientTests|NetworkTests|IntegrationTests|SocketTests|ZuoraSandboxTests'
timeout -k 10 300 swift test --skip-build --skip "$network" 2>&1 | tee "$kept/run.log"
timeout -k 10 900 swift test --skip-build --no-parallel --filter "$network" 2>&1 | tee -a "$kept/run.log"
scripts/scan-output.sh "$kept"
