#!/usr/bin/env bash
# Prints the version from Sources/Wire/Version.swift; with --revision, the current commit.
set -euo pipefail
cd "$(dirname "$0")/.."

case ${1:-} in
    "")
        version=$(sed -n 's/.*static let current = "\(.*\)".*/\1/p' Sources/Wire/Version.swift)
        [ -n "$version" ] || { echo "version: Sources/Wire/Version.swift contains no version" >&2; exit 1; }
        echo "$version"
        ;;
    # A source archive has no repository: its packager says what it was made from.
    --revision) echo "${REVISION:-$(git describe --always --dirty --abbrev=40 --exclude='*' 2>/dev/null || echo unknown)}" ;;
    *) echo "usage: version.sh [--revision]" >&2; exit 64 ;;
esac
