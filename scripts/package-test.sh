#!/usr/bin/env bash
# Installs, starts, upgrades, removes and purges the Debian package in dist/ in a clean Debian made by debootstrap, and installs and
# removes the tarball there.
#
#   scripts/package-test.sh         needs root, and dist/ (make dist)
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(scripts/version.sh)
architecture=$(dpkg --print-architecture)
package=dist/zuora-gateway_${version}_$architecture.deb
tarball=dist/zuora-gateway-$version-linux-$architecture.tar.gz
failures=0
running=()

ok() { printf 'ok    %s\n' "$*"; }
bad() {
    printf 'FAIL  %s\n' "$*"
    failures=$((failures + 1))
}
expect() { if eval "$2" >>"$work/log" 2>&1; then ok "$1"; else bad "$1"; fi; }
fail() {
    printf 'package-test: %s\n' "$*" >&2
    exit 1
}

[ "$(id -u)" -eq 0 ] || fail "root is needed, for debootstrap and chroot"
if [ ! -e "$package" ] || [ ! -e "$tarball" ]; then fail "$package or $tarball does not exist: run make dist first"; fi
(cd dist && sha256sum --check --quiet SHA256SUMS) || fail "dist/ does not match SHA256SUMS"

work=$(mktemp -d)
root=$work/root
clean_up() {
    for pid in "${running[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
    ! mountpoint -q "$root/proc" || umount "$root/proc"
    rm -rf "$work"
}
trap clean_up EXIT
inside() { timeout -k 5 120 chroot "$root" "$@"; }
free_port() { scripts/ports.py; }

scripts/clean-root.sh "$root" ca-certificates curl man-db procps systemd
mount -t proc proc "$root/proc"
# man pages and documents are left out of minimal systems; here they are what is tried.
rm -f "$root"/etc/dpkg/dpkg.cfg.d/*
cp "$package" "$root/zuora-gateway.deb"

# MARK: Install

expect "the package and its dependencies install" \
    'inside apt-get update -qq && inside env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends /zuora-gateway.deb'
# The root keeps what apt has fetched only for this run.
[ "$(inside dpkg-query -W -f '${Status}' zuora-gateway 2>/dev/null)" = "install ok installed" ] || fail "not installed: $(tail -n 20 "$work/log")"
expect "it says its version" '[ "$(inside zuora-gateway --version)" = "$version" ]'
expect "the shipped proxy.conf is accepted" 'inside zuora-gateway check --config /etc/zuora-gateway/proxy.conf'
expect "zuora-gateway(1) can be read, and has a date" \
    'inside env LC_ALL=C.UTF-8 man 1 zuora-gateway | tee "$work/man1" | grep "EXIT STATUS" >/dev/null && grep -qE "20[0-9]{2}-[0-9]{2}-[0-9]{2}" "$work/man1"'
expect "proxy.conf(5) can be read" 'inside env LC_ALL=C.UTF-8 man 5 proxy.conf | grep outcome_status >/dev/null'
expect "links of its documents lead somewhere" 'scripts/check-links.py "$root/usr/share/doc/zuora-gateway"'
expect "zuora-sandbox(1) can be read" 'inside env LC_ALL=C.UTF-8 man 1 zuora-sandbox | grep "EXIT STATUS" >/dev/null'
expect "the demo cancels a job, by the programs that the package installs" 'inside zuora-sandbox demo | grep "job is now cancelled" >/dev/null'
for program in zuora-gateway zuora-sandbox; do
    for completion in "bash-completion/completions/$program" "zsh/vendor-completions/_$program" "fish/vendor_completions.d/$program.fish"; do
        expect "completions in $completion" '[ -s "$root/usr/share/'"$completion"'" ]'
    done
done
expect "the units are valid" 'inside systemd-analyze verify --man=no zuora-gateway.service zuora-gateway.socket'
expect "nothing is enabled by the installation" '[ -z "$(find "$root/etc/systemd" -name "zuora-gateway*")" ]'
expect "secrets are closed to others" '[ "$(stat -c %a "$root/etc/zuora-gateway/secrets")" = 700 ]'

# MARK: Start, as the unit does: its own command lines, another user

api=$(free_port) admin=$(free_port) zuora=$(free_port)
sed -i "s/:8080\"/:$api\"/; s/:9901\"/:$admin\"/; s/:9080\"/:$zuora\"/" "$root/etc/zuora-gateway/proxy.conf"
as_user() { exec setpriv --no-new-privs chroot --userspec=65532:65532 --groups= "$root" "$@"; }
read -ra run <<<"$(sed -n 's/^ExecStart=//p' "$root/lib/systemd/system/zuora-gateway.service")"
start() {
    (as_user "${run[@]}") >>"$work/gateway.log" 2>&1 &
    gateway=$!
    running+=("$gateway")
    (as_user /usr/bin/zuora-gateway wait --admin "127.0.0.1:$admin" --timeout 20s) >>"$work/log" 2>&1
}
cancel() { curl -sS -m 20 -o /dev/null -w '%{http_code}' -X DELETE "http://127.0.0.1:$api/v1/batch-query/jobs/executing.$1"; }

(as_user /usr/bin/zuora-sandbox --listen "127.0.0.1:$zuora") >"$work/sandbox.log" 2>&1 &
running+=($!)
for _ in $(seq 100); do (exec 3<>"/dev/tcp/127.0.0.1/$zuora") 2>/dev/null && break || sleep 0.1; done
expect "it starts by the unit's command line and is ready" start
expect "a job is cancelled" '[ "$(cancel before)" = 200 ]'

# MARK: Upgrade, while it runs

repacked=$work/repacked
dpkg-deb -R "$package" "$repacked"
sed -i "s/^Version: .*/Version: $version+upgrade/" "$repacked/DEBIAN/control"
printf '# the next version says more\n' >>"$repacked/etc/zuora-gateway/proxy.conf"
dpkg-deb --root-owner-group -Zgzip --build "$repacked" "$root/upgrade.deb" >/dev/null
expect "an upgrade keeps the changed proxy.conf" \
    'inside env DEBIAN_FRONTEND=noninteractive dpkg --force-confold -i /upgrade.deb && grep -q ":$api\"" "$root/etc/zuora-gateway/proxy.conf"'
expect "the running gateway goes on through the upgrade" '[ "$(cancel during)" = 200 ]'
kill "$gateway"
wait "$gateway" && code=0 || code=$?
if [ "$code" -eq 143 ]; then ok "SIGTERM drains it (143)"; else bad "SIGTERM ends it with $code"; fi
expect "the new version starts with the old configuration" start
expect "and cancels" '[ "$(cancel after)" = 200 ]'
kill "$gateway"
wait "$gateway" || true

# MARK: Remove, purge

printf 'secret' >"$root/etc/zuora-gateway/secrets/acme"
expect "it can be removed" 'inside env DEBIAN_FRONTEND=noninteractive apt-get remove -y -qq zuora-gateway'
expect "the programs are gone, the configuration is not" '[ ! -e "$root/usr/bin/zuora-gateway" ] && [ ! -e "$root/usr/bin/zuora-sandbox" ] && [ -e "$root/etc/zuora-gateway/proxy.conf" ]'
expect "it can be purged" 'inside env DEBIAN_FRONTEND=noninteractive apt-get purge -y -qq zuora-gateway'
left=$(cd "$root" && find . -xdev -path ./proc -prune -o -path ./var/log -prune -o -path ./var/cache/man -prune -o -iname '*zuora*' -print | grep -v '\.deb$' | xargs)
if [ "$left" = ./etc/zuora-gateway ] &&
    [ "$(cd "$root/etc/zuora-gateway" && find . -mindepth 1 | sort | xargs)" = "./secrets ./secrets/acme" ]; then
    ok "only the administrator's secret is left"
else
    bad "left after a purge: $left"
fi
rm -rf "$root/etc/zuora-gateway"

# MARK: Tarball

expect "the tarball unpacks below /usr/local" 'tar -C "$root/usr/local" --strip-components=1 -xzf "$tarball"'
expect "links of its documents lead somewhere, too" 'scripts/check-links.py "$root/usr/local/share/doc/zuora-gateway"'
expect "its program starts there" '[ "$(inside /usr/local/bin/zuora-gateway --version)" = "$version" ]'
expect "its unit is valid, and what it names exists" \
    'inside systemd-analyze verify --man=no /usr/local/lib/systemd/system/zuora-gateway.service && [ -e "$root/usr/local/etc/zuora-gateway/proxy.conf" ] &&
     grep -q "^ExecStart=/usr/local/bin/zuora-gateway run --config /usr/local/etc/zuora-gateway/proxy.conf$" "$root/usr/local/lib/systemd/system/zuora-gateway.service" &&
     grep -q "^LoadCredential=zuora:/usr/local/etc/zuora-gateway/secrets$" "$root/usr/local/lib/systemd/system/zuora-gateway.service"'
expect "it needs no library but those that BUILD names" \
    '[ -z "$(inside ldd /usr/local/bin/zuora-gateway | grep "not found")" ] && [ "$(scripts/libraries.sh "$root/usr/local/bin/zuora-gateway")" = "$(sed 1,4d "$root/usr/local/share/doc/zuora-gateway/BUILD")" ]'

if [ "$failures" -gt 0 ]; then
    printf '\n%s failed; the end of the log:\n' "$failures"
    tail -n 40 "$work/log"
    exit 1
fi
echo "package-test: all passed"
