#!/usr/bin/env bash
# Collects what a program needs at run time into a directory that becomes the image's root file system.
#
#   scripts/image-root.sh EXECUTABLE DIRECTORY
#
# Run in the root of the sources, on the Debian system that provides the image's libraries. SOURCE_DATE_EPOCH is the time of every file.
# MATERIALS is a directory with sbom.spdx.json and licenses/, for an executable that was built elsewhere.
set -euo pipefail

executable=$1 root=$2
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-0}"
here=$(cd "$(dirname "$0")" && pwd)
umask 022

[ ! -e "$root" ] || { printf 'image-root: %s exists already\n' "$root" >&2; exit 1; }
mkdir -p "$root"/{usr/bin,usr/lib,etc/ssl/certs,etc/zuora-gateway,run/zuora-gateway,tmp,usr/share/doc/zuora-gateway,var/lib/dpkg/status.d}
for directory in lib lib32 lib64 bin; do
    [ ! -L "/$directory" ] || ln -s "$(readlink "/$directory")" "$root/$directory"
done
install -m 755 "$executable" "$root/usr/bin/$(basename "$executable")"

# The shared libraries that the loader will ask for, under the names by which it does. Which package each is from is noted.
packages=(ca-certificates)
owner() {
    local path
    for path in "$1" "$(readlink -f "$1")" "${1#/usr}" "/usr$1"; do
        if dpkg-query -S "$path" 2>/dev/null | sed 's/: .*//; s/:.*//' | head -n 1 | grep .; then return; fi
    done
    printf 'image-root: no package owns %s\n' "$1" >&2
    return 1
}
while read -r library; do
    # Through the links of a merged /usr, so that nothing is copied over them.
    target=$root$(readlink -f "$(dirname "$library")")
    mkdir -p "$target"
    install -m 755 "$(readlink -f "$library")" "$target/$(basename "$library")"
    packages+=("$(owner "$library")")
done < <(ldd "$executable" | awk '$3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' | sort -u)
mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)

# Whom the gateway trusts, how OpenSSL is set up, and who it is.
install -m 644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
if [ -e /etc/ssl/openssl.cnf ]; then
    install -m 644 /etc/ssl/openssl.cnf "$root/etc/ssl/openssl.cnf"
    mkdir -p "$root/usr/lib/ssl"
    ln -s /etc/ssl/openssl.cnf "$root/usr/lib/ssl/openssl.cnf"
    ln -s /etc/ssl/certs "$root/usr/lib/ssl/certs"
fi
printf 'root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n' >"$root/etc/passwd"
printf 'root:x:0:\nnonroot:x:65532:\n' >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"

# Its contents: an SBOM, the packages' records where scanners look for them, and all licences.
cp proxy.conf LICENSE "$root/usr/share/doc/zuora-gateway/"
for package in "${packages[@]}"; do
    dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/$package"
    mkdir -p "$root/usr/share/doc/$package"
    cp -L "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/copyright"
done
if [ -n "${MATERIALS:-}" ]; then
    cp -r "$MATERIALS"/. "$root/usr/share/doc/zuora-gateway/"
else
    "$here/licenses.sh" "$root/usr/share/doc/zuora-gateway/licenses"
    "$here/sbom.sh" "$executable" -- "${packages[@]}" >"$root/usr/share/doc/zuora-gateway/sbom.spdx.json"
fi

# Sockets may be made there by the gateway's own user; nothing else is its to write.
chown -R 0:0 "$root"
chown 65532:65532 "$root/run/zuora-gateway"
chmod 1777 "$root/tmp"
find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
