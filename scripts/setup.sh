#!/usr/bin/env bash
# Installs missing build dependencies: the C libraries' headers and pkg-config. Prints what it installs.
#
#   scripts/setup.sh [PROGRAM=PACKAGE | PACKAGE]...
#
# Arguments name further required programs with their packages, or packages without a program.
set -euo pipefail

fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

command -v swift >/dev/null || fail "Swift 6.2 or newer is needed and not on the PATH: see https://www.swift.org/install/linux/"
version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1)
read -r major minor <<<"${version:-0 0}"
if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 2 ]; }; then
    fail "Swift 6.2 or newer is needed; this is $major.$minor: see https://www.swift.org/install/linux/"
fi

missing=()
for each in libcurl4-openssl-dev zlib1g-dev libdeflate-dev libssl-dev pkg-config "$@"; do
    case $each in
        # Servers are in the administrator's directories.
        *=*) PATH=$PATH:/usr/sbin:/sbin command -v "${each%%=*}" >/dev/null || missing+=("${each#*=}") ;;
        *) dpkg-query -W -f '${Status}' "$each" 2>/dev/null | grep -q 'install ok installed' || missing+=("$each") ;;
    esac
done
[ ${#missing[@]} -eq 0 ] && exit 0

command -v apt-get >/dev/null || fail "please install: ${missing[*]} (automatic installation needs Debian or Ubuntu)"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "please install as root: apt-get install ${missing[*]}"
    as_root=(sudo)
fi
printf 'setup: installing %s with apt-get\n' "${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
