#!/usr/bin/env bash
# Builds and runs all tests, each step with a limit, so that nothing can hang for ever.
set -euo pipefail
cd "$(dirname "$0")/.."
# A crash must end the run, not start an interactive backtrace.
export SWIFT_BACKTRACE="${SWIFT_BACKTRACE:-enable=no}"
timeout -k 10 1500 swift build --build-tests
timeout -k 10 600 swift test --skip-build "$@"
