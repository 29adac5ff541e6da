#!/bin/sh
# Fuzzes one target of Fuzz/targets, or each in turn, with libFuzzer and AddressSanitizer.
#
#   Fuzz/run.sh [TARGET] SECONDS
#
# Starts from the committed corpus in Fuzz/TARGET/corpus. New inputs are saved in .build-fuzz/TARGET/corpus, crashes in .build-fuzz/TARGET.
# FUZZ_FLAGS is passed to libFuzzer, for example FUZZ_FLAGS=-runs=10000000 with enough SECONDS for it.
# FUZZ_SANITIZE=fuzzer leaves AddressSanitizer out, which doubles the speed: traps and broken properties still show.
# AddressSanitizer keeps one frame of an allocation's stack, and 16 MiB of freed memory, to save time. To see more of a crash, repeat it
# with other options, such as ASAN_OPTIONS=malloc_context_size=30.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
export SWIFT_BACKTRACE=enable=no
sanitize=${FUZZ_SANITIZE:-fuzzer,address}
case $sanitize in fuzzer | fuzzer,address) ;; *) echo "$0: FUZZ_SANITIZE is fuzzer or fuzzer,address" >&2; exit 64 ;; esac
export ASAN_OPTIONS="${ASAN_OPTIONS:-malloc_context_size=1:quarantine_size_mb=16}"

usage() {
    echo "usage: $0 [TARGET] SECONDS, where TARGET is one of: $(awk '!/^#/ && NF { printf "%s ", $1 }' Fuzz/targets)" >&2
    exit 64
}

# Builds a module of Sources: a C shim with a module map made for it, as the package manager does, or Swift.
build_module() {
    module=$1
    sources=Sources/$module
    [ -d "$sources" ] || { echo "$0: no module $module" >&2; exit 64; }
    if [ -d "$sources/include" ]; then
        mkdir -p "$out/$module"
        echo "module $module { umbrella \"$root/$sources/include\" export * }" > "$out/$module/module.modulemap"
        for file in "$sources"/*.c; do
            clang -g -O1 -fsanitize="${sanitize%%,*}-no-link${sanitize#fuzzer}" -I "$sources/include" -c "$file" \
                -o "$out/$module-$(basename "$file" .c).o"
        done
        search="$search -I $out/$module -Xcc -I$root/$sources/include"
    else
        # shellcheck disable=SC2046,SC2086
        swiftc $flags $search -enable-testing -module-name "$module" -emit-module -emit-module-path "$out/$module.swiftmodule" \
            -emit-object -o "$out/$module.o" $(find "$sources" -name '*.swift' | sort)
    fi
}

build_target() {
    target=$1
    modules=$(awk -v target="$target" '$1 == target { for (i = 2; i <= NF; i++) if ($i !~ /^-/) print $i }' Fuzz/targets)
    libraries=$(awk -v target="$target" '$1 == target { for (i = 2; i <= NF; i++) if ($i ~ /^-/) print $i }' Fuzz/targets)
    [ -n "$modules" ] || usage
    out=$root/.build-fuzz/$target
    rm -rf "$out/build"
    mkdir -p "$out/corpus" "$out/build"
    out=$out/build
    flags="-O -g -wmo -swift-version 6 -package-name zuora_gateway -sanitize=$sanitize -use-ld=lld -parse-as-library -enable-experimental-feature Lifetimes
        -enable-upcoming-feature NonisolatedNonsendingByDefault -enable-upcoming-feature ExistentialAny
        -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature InternalImportsByDefault"
    search="-I $out"
    for module in $modules; do
        build_module "$module"
    done
    property=$(find "Tests/${module}Tests" -path "*/Properties/${target}Property*.swift")
    # shellcheck disable=SC2086
    swiftc $flags $search -module-name "${target}Fuzz" -o "$out/fuzz" "$out"/*.o "Fuzz/$target"/*.swift $property $libraries
}

fuzz() {
    echo "== $1"
    build_target "$1"
    home=.build-fuzz/$1
    dictionary=
    [ ! -f "Fuzz/$1/dictionary" ] || dictionary=-dict=Fuzz/$1/dictionary
    # shellcheck disable=SC2086
    "$home/build/fuzz" -max_total_time="$2" -timeout=5 -rss_limit_mb=1024 -max_len=2048 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$home/" $dictionary ${FUZZ_FLAGS:-} "$home/corpus" "Fuzz/$1/corpus"
}

case $# in
    1) targets=$(awk '!/^#/ && NF { print $1 }' Fuzz/targets) seconds=$1 ;;
    2) targets=$1 seconds=$2 ;;
    *) usage ;;
esac
case $seconds in '' | *[!0-9]*) usage ;; esac
for target in $targets; do
    fuzz "$target" "$seconds"
done
