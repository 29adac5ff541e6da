#!/usr/bin/env bash
# Creates dist/ twice from the current commit, in two folders with names of different lengths, and compares the files.
#
#   scripts/dist-reproduce.sh       IMAGES=0 leaves out the images
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
REVISION=$(git rev-parse HEAD)
export SOURCE_DATE_EPOCH REVISION
for folder in once twice-elsewhere; do
    git clone --quiet --no-local . "$work/$folder"
    [ ! -d .build-roots ] || cp -r .build-roots "$work/$folder/"
    (cd "$work/$folder" && scripts/dist.sh)
    # One build at a time takes enough room.
    mv "$work/$folder/dist" "$work/dist-$folder"
    rm -rf "${work:?}/$folder"
done
if diff "$work"/dist-*/SHA256SUMS; then
    echo "dist-reproduce: $(wc -l <"$work/dist-once/SHA256SUMS") files, identical in both builds"
else
    echo "dist-reproduce: the files differ" >&2
    exit 1
fi
