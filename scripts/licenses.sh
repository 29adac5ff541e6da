#!/usr/bin/env bash
# Copies the licence of each Swift package that was checked out for the build into a directory, as NAME.txt.
#
#   scripts/licenses.sh DIRECTORY
set -euo pipefail

mkdir -p "$1"
shopt -s nullglob
for folder in .build-shipped .build; do
    for checkout in "$folder"/checkouts/*/; do
        for license in "$checkout"LICENSE*; do
            install -m 644 "$license" "$1/$(basename "$checkout").txt"
        done
    done
    [ -z "$(ls "$1")" ] || exit 0
done
echo "licenses: no package is checked out in .build or .build-shipped" >&2
exit 1
