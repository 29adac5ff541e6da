#!/usr/bin/env bash
# Builds the executables in scripts/products, or PRODUCTs of them, for release, with the Swift runtime linked statically and with symbols,
# into .build-shipped, and prints their directory. They contain no local paths, so the same sources give the same files on any machine.
#
#   BUILD_FLAGS="-Xswiftc -g" scripts/build.sh [PRODUCT...]
set -euo pipefail
cd "$(dirname "$0")/.."

map=$PWD=/zuora-gateway
# The commit; a tarball has none.
revision=$(scripts/version.sh --revision)
if [ "$revision" != unknown ]; then
    [[ $revision == *-dirty ]] && suffix=-dirty
    export ZG_REVISION=${revision:0:12}${suffix:-}
fi
flags=(-c release --static-swift-stdlib --scratch-path .build-shipped
    -Xswiftc -file-prefix-map -Xswiftc "$map" -Xcc "-ffile-prefix-map=$map" -Xcxx "-ffile-prefix-map=$map"
    # Both depend on the folder's path in spite of the maps: the names of compiled C modules in the debug information, and the hashes for
    # incremental builds, which are linked into the program.
    -Xswiftc -Xfrontend -Xswiftc -no-clang-module-breadcrumbs -Xswiftc -Xfrontend -Xswiftc -disable-incremental-llvm-codegen
    # Exclusive access is proven by the compiler where it can be, and checked at run time in debug builds, in which the tests run.
    -Xswiftc -enforce-exclusivity=unchecked
    # Every address that the loader resolves is resolved at start and read-only from then on.
    -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now)
[ $# -gt 0 ] || mapfile -t products < <(grep -v '^#' scripts/products)
for product in "${@:-${products[@]}}"; do
    # shellcheck disable=SC2086
    ${SWIFT:-swift} build --product "$product" "${flags[@]}" ${BUILD_FLAGS:-} >&2
done
echo "$PWD/.build-shipped/release"
