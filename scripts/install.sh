#!/usr/bin/env bash
# Installs into PREFIX (/usr/local): the programs with the Swift runtime, manual pages, completions, documents, the systemd units, and an
# example configuration, which never replaces an existing one. DESTDIR is prepended to every path, for packagers.
#
#   scripts/install.sh               builds first, unless PROGRAMS names a directory with executables
#   scripts/install.sh --uninstall   removes the installed files, except /etc/zuora-gateway
set -euo pipefail
cd "$(dirname "$0")/.."

prefix=${PREFIX:-/usr/local}
destination=${DESTDIR:-}
etc=$destination/etc/zuora-gateway
share=$destination$prefix/share
units=$destination$prefix/lib/systemd/system
zsh=$share/zsh/${ZSH_DIRECTORY:-site-functions}
mapfile -t products < <(grep -v '^#' scripts/products)
umask 022

if [ "${1:-}" = --uninstall ]; then
    for product in "${products[@]}"; do
        rm -fv "$destination$prefix/bin/$product" "$share/man/man1/$product.1" "$share/bash-completion/completions/$product" \
            "$zsh/_$product" "$share/fish/vendor_completions.d/$product.fish"
    done
    rm -fv "$share/man/man5/proxy.conf.5" "$units/zuora-gateway.service" "$units/zuora-gateway.socket"
    rm -rfv "$share/doc/zuora-gateway"
    [ ! -d "$etc" ] || printf 'kept: %s\n' "$etc"
    exit 0
fi
[ $# -eq 0 ] || { echo "usage: install.sh [--uninstall]" >&2; exit 64; }

programs=${PROGRAMS:-$(scripts/build.sh)}
date=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}" +%Y-%m-%d)
mkdir -p "$share"/{man/man1,man/man5,bash-completion/completions,fish/vendor_completions.d} "$zsh"
for product in "${products[@]}"; do
    program=$destination$prefix/bin/$product
    # Replace the file instead of overwriting it: the program may be running.
    install -D -m 755 -s "$programs/$product" "$program.new"
    mv -f "$program.new" "$program"
    # The program prints its own pages; it knows no date, so that its output is the same every day.
    if "$program" manual >/dev/null 2>&1; then
        "$program" manual | sed "1s/ 1 \"\" / 1 \"$date\" /" >"$share/man/man1/$product.1"
    fi
    # It is sourced, not run.
    "$program" --generate-completion-script bash | sed '1{/^#!/d}' >"$share/bash-completion/completions/$product"
    "$program" --generate-completion-script zsh >"$zsh/_$product"
    "$program" --generate-completion-script fish >"$share/fish/vendor_completions.d/$product.fish"
done
scripts/manual-page.py "$(scripts/version.sh)" "$date" <docs/configuration.md >"$share/man/man5/proxy.conf.5"
scripts/install-documents.py "$share/doc/zuora-gateway"
for unit in zuora-gateway.service zuora-gateway.socket; do
    install -D -m 644 "deploy/systemd/$unit" "$units/$unit"
    sed -i "s|/usr/local/|$prefix/|g" "$units/$unit"
done
# The unit hides directories that it does not need; the prefix may be in one.
top=${prefix#/}
sed -i -E "/^InaccessiblePaths=/ { s, ?-/${top%%/*}( |\$),\1,; s,= ,=, }" "$units/zuora-gateway.service"
case ${top%%/*} in
    home | root) sed -i "s/^ProtectHome=yes/ProtectHome=read-only/" "$units/zuora-gateway.service" ;;
esac
[ -e "$etc/proxy.conf" ] || install -D -m 644 proxy.conf "$etc/proxy.conf"
# One file per tenant, which systemd hands to the gateway; see zuora-gateway.service.
[ -d "$etc/secrets" ] || install -d -m 700 "$etc/secrets"

[ -n "$destination" ] || {
    printf 'installed: %s\n' "${products[@]/#/$prefix/bin/}"
    printf 'next: edit /etc/zuora-gateway/proxy.conf, then: zuora-gateway check --config /etc/zuora-gateway/proxy.conf\n'
}
