#!/usr/bin/env bash
# Prints the C libraries that executables need, and the oldest glibc that they run with; with --packages, the Debian packages of those
# libraries, and ca-certificates.
#
#   scripts/libraries.sh [--packages] EXECUTABLE...
set -euo pipefail

if [ "${1:-}" = --packages ]; then
    shift
    {
        echo ca-certificates
        ldd "$@" | awk '$3 ~ /^\// { print $3 } $1 ~ /^\// && $2 != "" { print $1 }' | grep -v ':$' | sort -u | while read -r library; do
            # On a merged /usr a package may own the file under either name.
            for path in "$library" "/usr$library" "${library#/usr}" "$(readlink -f "$library")"; do
                if dpkg-query -S "$path" 2>/dev/null | sed 's/: .*//; s/:.*//' | head -n 1 | grep .; then break; fi
            done
        done
    } | sort -u
    exit 0
fi
echo "Needs these C libraries, under these names:"
readelf -dW "$@" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/  \1/p' | sort -u
printf 'glibc %s or newer; libstdc++ with GLIBCXX_%s or newer\n' \
    "$(readelf -VW "$@" | grep -o 'GLIBC_[0-9.]*' | sed 's/.*_//' | sort -uV | tail -n 1)" \
    "$(readelf -VW "$@" | grep -o 'GLIBCXX_[0-9.]*' | sed 's/.*_//' | sort -uV | tail -n 1)"
