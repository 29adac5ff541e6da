#!/usr/bin/env bash
# Prints the current version's section of CHANGELOG.md.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(scripts/version.sh)
notes=$(awk -v heading="## [$version]" 'index($0, "## [") == 1 { inside = index($0, heading) == 1; next } inside' CHANGELOG.md)
[ -n "${notes//[[:space:]]/}" ] || { echo "release-notes: CHANGELOG.md has no section for $version" >&2; exit 1; }
printf '%s\n' "$notes"
