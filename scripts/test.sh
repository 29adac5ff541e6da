#!/usr/bin/env bash
# Builds and runs the tests, each step with a time limit.
#
#   scripts/test.sh                  all: pure tests in parallel, then those with sockets or processes one by one, so that they do not
#                                    compete for CPUs; afterwards the output is searched for secrets
#   scripts/test.sh --unit           only the pure tests
#   scripts/test.sh ARGUMENT...      the tests selected by `swift test ARGUMENT...`
set -euo pipefail
cd "$(dirname "$0")/.."
# A crash must end the run, not start an interactive backtrace.
export SWIFT_BACKTRACE="${SWIFT_BACKTRACE:-enable=no}"
# Suites that use sockets or processes, or wait for a deadline.
network='NetworkTests|UpstreamTests|IntegrationTests|SocketTests|ZuoraSandboxTests|PhaseTests'

step() { printf '\n== %s (%s, %d:%02d min so far)\n' "$1" "$2" $((SECONDS / 60)) $((SECONDS % 60)); }

mode=${1:-}
case $mode in "") steps=4 ;; *) steps=2 ;; esac
step "1 of $steps" "build"
timeout -k 10 1500 swift build --build-tests
if [ "$mode" = --unit ]; then
    step "2 of 2" "tests without sockets or processes"
    exec timeout -k 10 600 swift test --skip-build --skip "$network"
fi
if [ $# -gt 0 ]; then
    step "2 of 2" "swift test $*"
    exec timeout -k 10 900 swift test --skip-build "$@"
fi
kept=$(mktemp -d)
trap 'rm -rf "$kept"' EXIT
mkdir "$kept/processes"
# The tests put there what the program under test has said.
export ZUORA_GATEWAY_TEST_OUTPUT="$kept/processes"
step "2 of 4" "tests without sockets or processes"
timeout -k 10 600 swift test --skip-build --skip "$network" 2>&1 | tee "$kept/run.log"
step "3 of 4" "tests with sockets and processes, one at a time"
timeout -k 10 1500 swift test --skip-build --no-parallel --filter "$network" 2>&1 | tee -a "$kept/run.log"
step "4 of 4" "search of the output for secrets"
scripts/scan-output.sh "$kept"
step "done" "all tests"
