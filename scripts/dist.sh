#!/usr/bin/env bash
# Creates the artifacts of a release in dist/: a tarball, a Debian package, the images of the gateway and the sandbox, a bill of materials
# and SHA-256 sums, for this machine's architecture. The same sources, packages and SOURCE_DATE_EPOCH give the same files.
#
#   scripts/dist.sh                 needs Debian or Ubuntu; for the images also root, debootstrap and buildah
#   PROGRAMS=DIRECTORY              packages the executables in that directory
#   IMAGES=0                        skips the images
#   DIST=DIRECTORY                  writes there instead of to dist/; replaces an earlier run, and nothing else
set -euo pipefail
cd "$(dirname "$0")/.."

dist=${DIST:-$PWD/dist}
# The project's own dist/ may be what an interrupted run left.
if [ -n "${DIST:-}" ] && [ ! -e "$dist/SHA256SUMS" ] && [ -n "$(ls -A "$dist" 2>/dev/null)" ]; then
    printf 'dist: %s is neither empty nor an earlier dist (it has no SHA256SUMS), and would be removed\n' "$dist" >&2
    exit 64
fi
version=$(scripts/version.sh)
revision=$(scripts/version.sh --revision)
architecture=$(dpkg --print-architecture)
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}"
programs=${PROGRAMS:-$(scripts/build.sh)}
mapfile -t products < <(grep -v '^#' scripts/products)
name=zuora-gateway-$version-linux-$architecture
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
rm -rf "$dist"
mkdir "$dist"

say() { printf 'dist: %s\n' "$*"; }
# Owner, order and time of the files do not depend on the machine.
packed() { tar --sort=name --owner=0 --group=0 --numeric-owner --format=gnu --mtime="@$SOURCE_DATE_EPOCH" "$@" | gzip -9n; }

# The Swift packages' licences, and what the programs are made of.
mapfile -t binaries < <(printf '%s\n' "${products[@]/#/$programs/}")
# As they are shipped: without symbols.
for product in "${products[@]}"; do install -D -m 755 -s "$programs/$product" "$work/stripped/$product"; done
mapfile -t depended < <(scripts/libraries.sh --packages "${binaries[@]}")
SHIPPED=$work/stripped scripts/sbom.sh "${binaries[@]}" -- "${depended[@]}" >"$dist/zuora-gateway-$version-$architecture.spdx.json"
describe() {
    printf 'zuora-gateway %s\nrevision %s\narchitecture %s\n\n' "$version" "$revision" "$architecture"
    scripts/libraries.sh "${binaries[@]}"
}
materials() {
    install -D -m 644 "$dist/zuora-gateway-$version-$architecture.spdx.json" "$1/sbom.spdx.json"
    scripts/licenses.sh "$1/licenses"
    describe >"$1/BUILD"
}

say "tarball"
root=$work/tarball/zuora-gateway-$version
PROGRAMS=$work/stripped PREFIX=/usr/local DESTDIR=$work/install scripts/install.sh
mkdir -p "$work/tarball"
mv "$work/install/usr/local" "$root"
mv "$work/install/etc" "$root/etc"
# It is unpacked into /usr/local, where the configuration is then, too.
sed -i 's|/etc/zuora-gateway|/usr/local&|g' "$root/lib/systemd/system/zuora-gateway.service"
materials "$root/share/doc/zuora-gateway"
packed -C "$work/tarball" -c "zuora-gateway-$version" >"$dist/$name.tar.gz"

say "Debian package"
root=$work/debian/zuora-gateway
ZSH_DIRECTORY=vendor-completions PROGRAMS=$work/stripped PREFIX=/usr DESTDIR=$root scripts/install.sh
documents=$root/usr/share/doc/zuora-gateway
materials "$documents"
# Debian has the licence in copyright, and only there.
rm "$documents/LICENSE"
sed -i 's/](LICENSE)/](copyright)/' "$documents/README.md"
# A Debian changelog has its own format; it refers to the project's changelog.
cat >"$documents/changelog" <<EOF
zuora-gateway ($version) unstable; urgency=medium

  * Version $version: see /usr/share/doc/zuora-gateway/CHANGELOG.md.

 -- $(sed -n 's/^Maintainer: //p' deploy/debian/control)  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
EOF
install -D -m 644 deploy/debian/lintian-overrides "$root/usr/share/lintian/overrides/zuora-gateway"
install -m 644 deploy/debian/copyright "$documents/copyright"
# Debian wants every manual page and changelog compressed, without a time in it.
gzip -9n "$documents/changelog" "$root"/usr/share/man/man*/*
mkdir -p "$root/lib"
mv "$root/usr/lib/systemd" "$root/lib/systemd"
rmdir "$root/usr/lib"
mkdir "$root/DEBIAN"
install -m 755 deploy/debian/postinst deploy/debian/prerm deploy/debian/postrm "$root/DEBIAN/"
find "$root/etc" -type f -printf '/etc/%P\n' | sort >"$root/DEBIAN/conffiles"
mkdir "$work/debian/debian"
cp deploy/debian/control "$work/debian/debian/control"
shlibs=$(cd "$work/debian" && dpkg-shlibdeps -O --warnings=0 "${products[@]/#/zuora-gateway/usr/bin/}" | sed 's/^shlibs:Depends=//')
{
    # The binary package's stanza, with what only a build knows.
    sed -n 's/^Source: //p; /^Package:/,$p' deploy/debian/control | sed 1d |
        sed "s/^Architecture: any/Version: $version\nArchitecture: $architecture/; s/\${shlibs:Depends}/$shlibs/"
    grep -E '^(Section|Priority|Maintainer):' deploy/debian/control
    printf 'Installed-Size: %s\n' "$(du -k -s --apparent-size --exclude=DEBIAN "$root" | cut -f 1)"
} | awk '/^ |^Description:/ { text = text $0 "\n"; next } { print } END { printf "%s", text }' >"$root/DEBIAN/control"
(cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' md5sum >DEBIAN/md5sums)
find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$root" "$dist/zuora-gateway_${version}_$architecture.deb" >/dev/null

if [ "${IMAGES:-1}" = 1 ]; then
    say "images"
    PROGRAMS=$programs scripts/dist-images.sh "$dist"
fi

(cd "$dist" && LC_ALL=C sha256sum -- * >"$work/sums" && mv "$work/sums" SHA256SUMS && chmod 644 SHA256SUMS)
say "in dist/, version $version, revision $revision:"
sed 's/^\(................\)[^ ]* /  \1… /' "$dist/SHA256SUMS"
