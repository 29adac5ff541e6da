#!/usr/bin/env bash
# Builds and tests the container images without a Docker engine or registry: buildah builds in a chroot, on a Debian made by debootstrap
# with this machine's Swift instead of the official Swift image.
#
#   scripts/image-test.sh           needs root, and a Debian or Ubuntu machine
#
# KEEP=1 keeps the images (zuora-gateway:test, zuora-sandbox:test). Intermediate files are in .build-image.
set -euo pipefail
cd "$(dirname "$0")/.."

limit=$((60 * 1000 * 1000))
image=localhost/zuora-gateway:test
sandbox_image=localhost/zuora-sandbox:test
base=localhost/zuora-gateway-swift:local
work=$PWD/.build-image
failures=0
running=()
mounts=()
missing=()
containers=()

say() { printf '\n== %s\n' "$*"; }
ok() { printf 'ok    %s\n' "$*"; }
bad() {
    printf 'FAIL  %s\n' "$*"
    failures=$((failures + 1))
}
fail() {
    printf 'image-test: %s\n' "$*" >&2
    exit 1
}

[ "$(id -u)" -eq 0 ] || fail "root is needed, for debootstrap and for chroot"
for tool in buildah debootstrap; do command -v "$tool" >/dev/null || missing+=("$tool"); done
if [ ${#missing[@]} -gt 0 ]; then
    printf 'image-test: installing %s with apt-get\n' "${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
mkdir -p "$work"

clean_up() {
    # What was started is unshare, which ignores SIGTERM; its child has forgotten its parent with the change of user.
    for pid in "${running[@]}"; do
        for child in $(pgrep -P "$pid"); do kill -KILL "$child" 2>/dev/null || true; done
        wait "$pid" 2>/dev/null || true
    done
    for container in "${containers[@]}"; do buildah rm "$container" >/dev/null 2>&1 || true; done
    [ -n "${KEEP:-}" ] || buildah rmi "$image" "$sandbox_image" >/dev/null 2>&1 || true
}
trap clean_up EXIT

# MARK: A replacement for the Swift image

. /etc/os-release
toolchain=$(dirname "$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")")
[ -d "$toolchain/usr/lib/swift_static" ] || fail "$toolchain contains no static Swift runtime"
if ! buildah inspect --type image "$base" >/dev/null 2>&1; then
    say "A Debian to build on ($VERSION_CODENAME)"
    mirror=$(apt-get indextargets --format '$(SITE) $(CODENAME)' 2>/dev/null | awk -v name="$VERSION_CODENAME" '$2 == name && !found { print $1; found = 1 }')
    rm -rf "$work/base"
    debootstrap --variant=minbase \
        --include=binutils,ca-certificates,git,libc6-dev,libcurl4,libedit2,libgcc-12-dev,libncurses6,libsqlite3-0,libstdc++-12-dev,libxml2,pkg-config,tzdata,zlib1g \
        "$VERSION_CODENAME" "$work/base" ${mirror:+"$mirror"} >"$work/debootstrap.log" 2>&1 || fail "debootstrap failed: see .build-image/debootstrap.log"
    # Security updates too, as in an official image.
    cp -r /etc/apt/sources.list* "$work/base/etc/apt/" 2>/dev/null || true
    rm -f "$work"/base/var/cache/apt/archives/*.deb
    made=$(buildah from scratch)
    buildah add -q "$made" "$work/base" / >/dev/null
    buildah config --env "PATH=/toolchain/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" "$made"
    buildah commit -q "$made" "$base" >/dev/null
    buildah rm "$made" >/dev/null
    rm -rf "$work/base"
fi

# MARK: Build

say "Build"
# If git on this machine fetches the Swift packages from a mirror, so does the build.
volumes=(--volume "$toolchain:/toolchain:ro")
: >"$work/gitconfig"
while read -r key url; do
    git config --file "$work/gitconfig" --add "$key" "$url"
    place=${key#url.}
    place=${place%.insteadof}
    case $place in /*) [ ! -d "$place" ] || mounts+=("$place") ;; esac
done < <(git config --get-regexp '^url\..*\.insteadof$' || true)
git config --file "$work/gitconfig" --add safe.directory '*'
volumes+=(--volume "$work/gitconfig:/etc/gitconfig:ro")
while read -r place; do volumes+=(--volume "$place:$place:ro"); done < <(printf '%s\n' "${mounts[@]}" | grep . | sort -u)
for built in "gateway $image" "sandbox $sandbox_image"; do
    ENGINE=buildah TARGET=${built% *} IMAGE=${built#* } scripts/image.sh --isolation chroot --layers=false --pull-never \
        --build-arg "BUILD_IMAGE=$base" --build-arg "BUILD_FLAGS=${BUILD_FLAGS:-}" "${volumes[@]}"
done

# MARK: What is in it

say "The image"
containers=("$(buildah from --pull-never "$image")" "$(buildah from --pull-never "$sandbox_image")")
tree=$(buildah mount "${containers[0]}")
sandbox_tree=$(buildah mount "${containers[1]}")
size=$(du -s --apparent-size --block-size=1 "$tree" | cut -f 1)
packed=$(tar -C "$tree" -c . | gzip -9 | wc -c)
printf '      %s bytes unpacked, %s packed; the executable has %s\n' "$size" "$packed" "$(stat -c %s "$tree/usr/bin/zuora-gateway")"
if [ "$size" -lt "$limit" ]; then ok "below 60 MB"; else bad "not below 60 MB"; fi

shells=$(find "$tree" \( -type f -o -type l \) \( -name sh -o -name '*ash' -o -name busybox -o -name perl -o -name 'python*' \))
if [ -z "$shells" ]; then ok "no shell and no interpreter"; else bad "a shell or interpreter: $shells"; fi
for pair in "$tree zuora-gateway" "$sandbox_tree zuora-sandbox"; do
    programs=$(cd "${pair% *}" && find . -path ./proc -prune -o -type f -perm /111 ! -name '*.so*' -print)
    if [ "$programs" = "./usr/bin/${pair#* }" ]; then ok "one program, ${pair#* }"; else bad "programs: $programs"; fi
done
special=$(find "$tree" -xdev \( -perm /6000 -o \( -perm -o+w ! -type l ! -perm -1000 \) \))
if [ -z "$special" ]; then ok "nothing is setuid, setgid or world-writable"; else bad "setuid, setgid or world-writable: $special"; fi
foreign=$(find "$tree" -xdev ! -user 0 ! -path "$tree/run/zuora-gateway" -print)
if [ -z "$foreign" ]; then ok "all files are root's, but for /run/zuora-gateway"; else bad "not root's: $foreign"; fi
paths=$(strings -n 6 "$tree/usr/bin/zuora-gateway" 2>/dev/null | grep -c -F "$PWD" || true)
if [ "${paths:-0}" -eq 0 ]; then ok "no path of this machine in the executable"; else bad "$paths paths of this machine in the executable"; fi

if readelf -d "$tree/usr/bin/zuora-gateway" | grep BIND_NOW >/dev/null; then ok "addresses are resolved at start"; else bad "not linked with -z now"; fi

config() { buildah inspect --type image --format "$1" "$image"; }
user=$(config '{{.Docker.Config.User}}')
if [ "$user" = 65532:65532 ]; then ok "runs as 65532"; else bad "runs as $user"; fi
health=$(config '{{range .Docker.Config.Healthcheck.Test}}{{.}} {{end}}')
case $health in "CMD /usr/bin/zuora-gateway health "*) ok "the program checks its own health" ;; *) bad "HEALTHCHECK is $health" ;; esac
title=$(config '{{index .Docker.Config.Labels "org.opencontainers.image.title"}}')
if [ "$title" = zuora-gateway ]; then ok "labelled"; else bad "label is $title"; fi

sbom=$tree/usr/share/doc/zuora-gateway/sbom.spdx.json
[ -x .venv-image/bin/pyspdxtools ] || { python3 -m venv .venv-image && .venv-image/bin/pip install -q spdx-tools; }
if .venv-image/bin/pyspdxtools -i "$sbom"; then ok "the SBOM is valid SPDX"; else bad "the SBOM is not valid SPDX"; fi
for name in swift swift-argument-parser swift-collections libcurl4 libdeflate0 libssl3 zlib1g libc6 ca-certificates; do
    grep -q "\"name\": \"$name\"" "$sbom" || bad "$name is not in the SBOM"
done

# MARK: Run it as a container does: its own user, no capability, a root file system that is read-only, process 1

say "Run"
mkdir -p "$work/root" "$work/etc"
free_port() { scripts/ports.py; }
api=$(free_port) admin=$(free_port) zuora=$(free_port)
sed "s/:8080\"/:$api\"/; s/:9901\"/:$admin\"/; s/:9080\"/:$zuora\"/" proxy.conf >"$work/etc/proxy.conf"
chmod -R a+rX "$work/etc"

# In a separate subshell each time, because it becomes process 1 of new namespaces.
inside() { in_image "$tree" zuora-gateway "$@"; }
in_image() {
    local tree=$1 program=$2
    shift 2
    mkdir -p "$tree/proc"
    exec unshare --mount --pid --ipc --uts --fork --kill-child bash -euc '
        mount --bind "$1" "$2"
        mount --bind "$3" "$2/etc/zuora-gateway"
        mount -t proc proc "$2/proc"
        mount -o remount,ro,bind "$2/etc/zuora-gateway"
        mount -o remount,ro,bind "$2"
        root=$2 program=$4
        shift 4
        exec setpriv --no-new-privs chroot --userspec=65532:65532 --groups= "$root" "/usr/bin/$program" "$@"
    ' inside "$tree" "$work/root" "$work/etc" "$program" "$@"
}
outcome() { if "${@:2}"; then ok "$1"; else bad "$1"; fi; }
request() {
    python3 - "$@" <<'PYTHON'
import http.client, sys
method, port, path, *fields = sys.argv[1:]
connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
connection.request(method, path, headers=dict(field.split(": ", 1) for field in fields))
answer = connection.getresponse()
print(answer.status, answer.getheader("Gateway-Outcome"), answer.getheader("Zuora-Track-Id"))
PYTHON
}
await_port() {
    for _ in $(seq 100); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then return 0; fi
        sleep 0.1
    done
    return 1
}

(inside version) | sed 's/^/      /'
revision=$(scripts/version.sh --revision)
outcome "it knows its commit, ${revision:0:12}" eval '(inside version) | grep -F "(${revision:0:12}" >/dev/null'
outcome "check accepts the shipped proxy.conf" eval '(inside check --config /etc/zuora-gateway/proxy.conf)'
(inside check --config /etc/zuora-gateway/none.conf) >/dev/null 2>&1 && code=0 || code=$?
if [ "$code" -eq 64 ]; then ok "without a configuration it ends with 64"; else bad "without a configuration it ends with $code"; fi

in_image "$sandbox_tree" zuora-sandbox --listen "127.0.0.1:$zuora" >"$work/sandbox.log" 2>&1 &
running+=($!)
outcome "the sandbox listens" await_port "$zuora"
# Only now: a first token call that fails would be tried again no earlier than a second later.
inside run --config /etc/zuora-gateway/proxy.conf >"$work/gateway.log" 2>&1 &
gateway=$!
running+=("$gateway")
outcome "the gateway listens" await_port "$api"
answer=$(request DELETE "$api" /v1/batch-query/jobs/executing "X-Zuora-Tenant: acme" "Zuora-Track-Id: image-test" || true)
if [ "$answer" = "200 cancelled image-test" ]; then ok "a job is cancelled"; else bad "a cancel gets: $answer"; fi
outcome "it finds itself healthy" eval '(inside health --admin "127.0.0.1:$admin")'
process=$(pgrep -P "$gateway")
capabilities=$(awk '$1 ~ /^Cap(Prm|Eff|Amb):/ && $2 !~ /^0+$/' "/proc/$process/status")
if [ -z "$capabilities" ]; then ok "it has no capabilities"; else bad "it has capabilities: $capabilities"; fi
kill -TERM "$process"
wait "$gateway" && code=0 || code=$?
case $code in 0 | 143) ok "SIGTERM ends process 1 ($code)" ;; *) bad "SIGTERM ends process 1 with $code" ;; esac

say "Result"
[ "$failures" -eq 0 ] || {
    printf '%s failed; the logs are in .build-image\n' "$failures"
    exit 1
}
echo "all passed"
