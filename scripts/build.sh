#!/usr/bin/env bash
# Builds the executables of scripts/products as they are shipped, with the Swift runtime inside and with symbols, into .build-shipped, and
# prints the directory that they are in. No path of this machine is in them, so that the same sources give the same files anywhere.
#
#   BUILD_FLAGS="-Xswiftc -g" scripts/build.sh
set -euo pipefail
cd "$(dirname "$0")/.."

map=$PWD=/zuora-gateway
flags=(-c release --static-swift-stdlib --scratch-path .build-shipped
    -Xswiftc -file-prefix-map -Xswiftc "$map" -Xcc "-ffile-prefix-map=$map" -Xcxx "-ffile-prefix-map=$map"
    # Every address that the loader resolves is resolved at start and read-only from then on.
    -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now)
grep -v '^#' scripts/products | while read -r product; do
    # shellcheck disable=SC2086
    ${SWIFT:-swift} build --product "$product" "${flags[@]}" ${BUILD_FLAGS:-} >&2
done
echo "$PWD/.build-shipped/release"
