#!/bin/sh
# Compares a part of the gateway with other implementations of the same standard.
#
#   Tests/Conformance/run.sh SUITE [ARGUMENT...]
#   Tests/Conformance/run.sh --install SUITE
#
# A suite is a folder next to this script with a run.py, and a requirements.txt for packages from PyPI, which are installed into
# .venv-conformance; with --install nothing else is done.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)

only_install=
if [ "${1:-}" = --install ]; then
    only_install=1
    shift
fi
suite=${1:-}
if [ -z "$suite" ] || [ ! -f "$here/$suite/run.py" ]; then
    echo "usage: $0 SUITE [ARGUMENT...], where SUITE is one of:" "$(cd "$here" && ls -d -- */ | tr -d / | tr '\n' ' ')" >&2
    exit 64
fi
shift

venv="$root/.venv-conformance"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
if [ -f "$here/$suite/requirements.txt" ]; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/$suite/requirements.txt"
fi
[ -z "$only_install" ] || exit 0
cd "$root"
export PYTHONDONTWRITEBYTECODE=1
# What the suites share.
export PYTHONPATH="$here"
exec "$venv/bin/python" "$here/$suite/run.py" "$@"
