#!/usr/bin/env bash
# Runs the README's quick starts verbatim, each in a clean Debian made by debootstrap.
#
#   scripts/quickstart-test.sh [NAME...]     needs root, and dist/ (make dist) for those that download a release
#
# A quick start is a fenced block directly after a comment with its name and what its output has to contain:
#
#     <!-- quickstart: tarball; packages: ca-certificates curl; expect: Gateway-Outcome: cancelled -->
#     ```sh
#     curl -fsSLO https://…/releases/download/v0.1.0/zuora-gateway-0.1.0-linux-amd64.tar.gz
#     …
#     ```
#
# `packages` are the prerequisites named in the text, or present on a user's machine anyway. `release: here` has the files of dist/ in the
# working directory. The commands run unchanged, except that release downloads come from dist/, because a release is tested before it is
# published. `toolchain: swift` mounts this machine's Swift at
# /opt/swift, and has the sources in the working directory. `engine: docker` needs a container engine; without one, the quick start is
# reported as not run.
set -euo pipefail
cd "$(dirname "$0")/.."

[ "$(id -u)" -eq 0 ] || { echo "quickstart-test: root is needed, for debootstrap and chroot" >&2; exit 1; }
work=$(mktemp -d)
mounted=()
clean_up() {
    for place in "${mounted[@]}"; do ! mountpoint -q "$place" || umount -l "$place"; done
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT

# One folder per quick start, with its settings and its commands.
python3 - "$work" README.md "$@" <<'PYTHON'
import pathlib, re, sys
work, readme, *names = sys.argv[1:]
text = pathlib.Path(readme).read_text()
found = {}
for settings, body in re.findall(r"<!-- quickstart: (.*?) -->\s*\n```(?:sh|bash|console)?\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
    name, *rest = [part.strip() for part in settings.split(";")]
    if name in found or not re.fullmatch(r"[a-z-]+", name):
        sys.exit(f"quickstart-test: {name!r} is not a valid name, or is used twice")
    found[name] = (dict(part.split(": ", 1) for part in rest), body)
if text.count("<!-- quickstart:") != len(found):
    sys.exit(f"quickstart-test: {readme}: a marker is not followed by a fenced block")
for name in names or found:
    if name not in found:
        sys.exit(f"quickstart-test: {readme} has no quick start {name}; it has {', '.join(found) or 'none'}")
    settings, body = found[name]
    folder = pathlib.Path(work, "quickstarts", name)
    folder.mkdir(parents=True)
    for key in ("packages", "expect", "toolchain", "engine", "release"):
        (folder / key).write_text(settings.pop(key, ""))
    if settings:
        sys.exit(f"quickstart-test: {name}: unknown: {', '.join(settings)}")
    # A prompt is not part of the command.
    (folder / "commands").write_text(re.sub(r"^\$ ", "", body, flags=re.MULTILINE))
PYTHON
[ -d "$work/quickstarts" ] || { echo "quickstart-test: README.md has no quick start" >&2; exit 1; }

failures=0
for quickstart in "$work"/quickstarts/*/; do
    name=$(basename "$quickstart")
    printf '\n== %s\n' "$name"
    sed 's/^/   $ /' "$quickstart/commands"
    engine=$(<"$quickstart/engine")
    if [ -n "$engine" ] && ! "$engine" info >/dev/null 2>&1; then
        printf 'NOT RUN  %s: there is no %s engine on this machine\n' "$name" "$engine"
        continue
    fi
    if [ -n "$engine" ]; then
        [ ! -s "$quickstart/release" ] || cp dist/* "$quickstart/"
        # The engine runs on this machine; a container's own root is clean as it is.
        (cd "$quickstart" && timeout -k 5 600 bash -eu commands) >"$quickstart/output" 2>&1 && code=0 || code=$?
    else
        root=$work/root-$name
        read -ra packages <"$quickstart/packages" || true
        scripts/clean-root.sh "$root" "${packages[@]}"
        mount -t proc proc "$root/proc"
        mounted+=("$root/proc")
        mkdir -p "$root/root/project" "$root/usr/local/lib/quickstart"
        if [ -s "$quickstart/toolchain" ]; then
            mkdir -p "$root/opt/swift"
            mount --bind -o ro "$(dirname "$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")")" "$root/opt/swift"
            mounted+=("$root/opt/swift")
            # If git on this machine fetches the Swift packages from a mirror, so does the build.
            { git config --get-regexp '^url\..*\.insteadof$' || true; } | while read -r key url; do
                git config --file "$root/root/.gitconfig" --add "$key" "$url"
                place=${key#url.}
                place=${place%.insteadof}
                [ ! -d "$place" ] || { mkdir -p "$root/$place" && cp -r "$place/." "$root/$place/"; }
            done
            git config --file "$root/root/.gitconfig" --add safe.directory '*'
            git clone --quiet . "$root/root/project"
        fi
        [ ! -s "$quickstart/release" ] || cp dist/* "$root/root/project/"
        # A download of the release comes from dist/.
        if grep -q '/releases/download/' "$quickstart/commands"; then
            [ -d dist ] || { echo "quickstart-test: run make dist first" >&2; exit 1; }
            mkdir "$root/root/release"
            cp dist/* "$root/root/release/"
            sed -i -E 's|https?://[^ ]*/releases/download/[^/ ]*/|file:///root/release/|g' "$quickstart/commands"
        fi
        cp "$quickstart/commands" "$root/root/commands"
        # In separate namespaces, so that processes it leaves behind end with it.
        timeout -k 10 3000 unshare --pid --fork --kill-child --mount chroot "$root" /usr/bin/env -i HOME=/root TERM=dumb \
            PATH=/opt/swift/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            bash -euc 'mount -t proc proc /proc; cd /root/project; . /root/commands' >"$quickstart/output" 2>&1 && code=0 || code=$?
    fi
    sed 's/^/   | /' "$quickstart/output" | tail -n 40
    expected=$(<"$quickstart/expect")
    if [ "$code" -ne 0 ]; then
        printf 'FAIL     %s: ended with %s\n' "$name" "$code"
        failures=$((failures + 1))
    elif [ -n "$expected" ] && ! grep -qF -- "$expected" "$quickstart/output"; then
        printf 'FAIL     %s: its output does not contain: %s\n' "$name" "$expected"
        failures=$((failures + 1))
    else
        printf 'ok       %s\n' "$name"
    fi
done
[ "$failures" -eq 0 ] || exit 1
