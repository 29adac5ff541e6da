#!/usr/bin/env bash
# Creates a directory with a minimal Debian of this machine's release and the given packages, from this machine's mirror.
#
#   scripts/clean-root.sh DIRECTORY [PACKAGE...]        needs root and debootstrap
#
# The archive of each set of packages is cached in .build-roots, because debootstrap takes a minute.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$1
shift
. /etc/os-release
include=$(printf '%s\n' "$@" | sort -u | paste -sd, -)
kept=$PWD/.build-roots/$VERSION_CODENAME-$(printf '%s' "$include" | sha256sum | cut -c 1-12).tar
if [ ! -e "$kept" ]; then
    mkdir -p .build-roots
    mirror=$(apt-get indextargets --format '$(SITE) $(CODENAME)' | awk -v name="$VERSION_CODENAME" '$2 == name && !found { print $1; found = 1 }')
    rm -rf "$kept.root"
    debootstrap --variant=minbase ${include:+--include="$include"} "$VERSION_CODENAME" "$kept.root" ${mirror:+"$mirror"} \
        >"$kept.log" 2>&1 || { echo "clean-root: debootstrap failed: see $kept.log" >&2; exit 1; }
    # Where packages come from is configured on the machine. With its sources come the security updates, too.
    rm -rf "$kept".root/etc/apt/sources.list*
    cp -r /etc/apt/sources.list* "$kept.root/etc/apt/"
    [ ! -d /etc/apt/apt.conf.d ] || cp -rn /etc/apt/apt.conf.d/. "$kept.root/etc/apt/apt.conf.d/"
    chroot "$kept.root" /bin/sh -euc 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get upgrade -y -qq && apt-get clean' \
        >>"$kept.log" 2>&1 || { echo "clean-root: no updates: see $kept.log" >&2; exit 1; }
    tar -C "$kept.root" -cf "$kept.new" .
    rm -rf "$kept.root"
    mv "$kept.new" "$kept"
fi
mkdir -p "$root"
tar -C "$root" -xf "$kept"
