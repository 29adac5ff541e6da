#!/usr/bin/env bash
# Installs the gateway below PREFIX (/usr/local): the program with the Swift runtime inside, manual and documents, the systemd units, and an
# example configuration, which never replaces one that is there. DESTDIR is put before every path, for packagers.
set -euo pipefail
cd "$(dirname "$0")/.."

prefix=${PREFIX:-/usr/local}
destination=${DESTDIR:-}

# A directory of its own: with the runtime inside, everything is linked anew.
# shellcheck disable=SC2086
swift build -c release --product zuora-gateway --static-swift-stdlib -Xlinker -s --scratch-path .build-install ${BUILD_FLAGS:-}
program=$(swift build -c release --product zuora-gateway --static-swift-stdlib --scratch-path .build-install --show-bin-path)/zuora-gateway

install -D -m 755 "$program" "$destination$prefix/bin/zuora-gateway"
mkdir -p "$destination$prefix/share/man/man1" "$destination$prefix/share/bash-completion/completions"
"$program" manual >"$destination$prefix/share/man/man1/zuora-gateway.1"
"$program" completions bash >"$destination$prefix/share/bash-completion/completions/zuora-gateway"
for document in README.md CHANGELOG.md LICENSE proxy.conf docs/*.md; do
    install -D -m 644 "$document" "$destination$prefix/share/doc/zuora-gateway/$(basename "$document")"
done
for unit in deploy/systemd/zuora-gateway.service deploy/systemd/zuora-gateway.socket; do
    installed="$destination$prefix/lib/systemd/system/$(basename "$unit")"
    install -D -m 644 "$unit" "$installed"
    sed -i "s|/usr/local/|$prefix/|g" "$installed"
done
[ -e "$destination/etc/zuora-gateway/proxy.conf" ] || install -D -m 644 proxy.conf "$destination/etc/zuora-gateway/proxy.conf"

printf 'installed: %s\n' "$prefix/bin/zuora-gateway"
printf 'next: edit /etc/zuora-gateway/proxy.conf, then: zuora-gateway check --config /etc/zuora-gateway/proxy.conf\n'
