#!/bin/sh
# Compiles the policy with optimisation, as a release build does, and measures what one request costs it.
set -eu
cd "$(dirname "$0")/../.."
out=.build-benchmark/policy
mkdir -p "$out"
swiftc=${SWIFTC:-swiftc}
flags="-O -wmo -parse-as-library -swift-version 6 -enable-default-cmo
    -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature ExistentialAny
    -enable-upcoming-feature MemberImportVisibility -enable-experimental-feature Lifetimes
    -I $out -Xcc -ISources/COpenSSL/include -Xcc -fmodule-map-file=$out/module.modulemap"

printf 'module COpenSSL { header "%s/Sources/COpenSSL/include/copenssl.h" export * }\n' "$PWD" > "$out/module.modulemap"

# The policy alone: the other decisions in GatewayCore need more modules.
policy=$(for folder in Settings Policy Callers Tenants Routes Headers Entities Tracking; do
    find "Sources/GatewayCore/$folder" -name '*.swift'
done)

# shellcheck disable=SC2046,SC2086 # lists of flags and of files
{
    $swiftc $flags -module-name HTTPWire -emit-module -emit-module-path "$out/HTTPWire.swiftmodule" -c \
        -o "$out/HTTPWire.o" $(find Sources/HTTPWire -name '*.swift')
    $swiftc $flags -module-name GatewayCore -emit-module -emit-module-path "$out/GatewayCore.swiftmodule" -c \
        -o "$out/GatewayCore.o" $policy
    $swiftc $flags -module-name PolicyBenchmark -o "$out/benchmark" Benchmarks/Policy/PolicyBenchmark.swift \
        "$out/HTTPWire.o" "$out/GatewayCore.o" -lcrypto
}
exec "$out/benchmark"
