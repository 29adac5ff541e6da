#!/bin/sh
# Compiles the policy with optimization, as in a release build, and measures its cost per request.
set -eu
cd "$(dirname "$0")/../.."
out=.build-benchmark/policy
mkdir -p "$out"
swiftc=${SWIFTC:-swiftc}
flags="-O -wmo -parse-as-library -swift-version 6 -enable-default-cmo
    -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature ExistentialAny
    -enable-upcoming-feature MemberImportVisibility -enable-experimental-feature Lifetimes -I $out
    -Xcc -fmodule-map-file=$out/module.modulemap"

: > "$out/module.modulemap"
for shim in CLinux CZlib COpenSSL; do
    printf 'module %s { umbrella "%s/Sources/%s/include" export * }\n' "$shim" "$PWD" "$shim" >> "$out/module.modulemap"
    flags="$flags -Xcc -ISources/$shim/include"
    for file in "Sources/$shim"/*.c; do
        clang -O2 -I "Sources/$shim/include" -c "$file" -o "$out/$shim-$(basename "$file" .c).o"
    done
done

# shellcheck disable=SC2046,SC2086 # lists of flags and of files
{
    for module in Wire Policy; do
        $swiftc $flags -module-name $module -emit-module -emit-module-path "$out/$module.swiftmodule" -c \
            -o "$out/$module.o" $(find Sources/$module -name '*.swift')
    done
    $swiftc $flags -module-name PolicyBenchmark -o "$out/benchmark" Benchmarks/Policy/PolicyBenchmark.swift "$out"/*.o \
        -lz -ldeflate -lssl -lcrypto
}
exec "$out/benchmark"
