#!/usr/bin/env bash
# Prints the manifests of an overlay in deploy/kubernetes with the image from your registry, for `kubectl apply -f -`.
#
#   REGISTRY=registry.internal/team [TAG=0.1.0 | DIGEST=sha256:...] scripts/manifests.sh sidecar|job|shared|hub
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    printf 'manifests: %s\n' "$*" >&2
    exit 64
}

overlay=${1:-}
if [ -z "$overlay" ] || [ ! -d "deploy/kubernetes/overlays/$overlay" ]; then
    fail "name one of these overlays: $(cd deploy/kubernetes/overlays && echo *)"
fi
[ -n "${REGISTRY:-}" ] || fail "set REGISTRY to the image's registry, such as registry.internal/team"
if command -v "${KUBECTL:-kubectl}" >/dev/null; then
    render=("${KUBECTL:-kubectl}" kustomize)
elif command -v kustomize >/dev/null; then
    render=(kustomize build)
else
    fail "neither kubectl nor kustomize is installed"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r deploy/kubernetes "$work/"
mkdir "$work/image"
if [ -n "${DIGEST:-}" ]; then version="digest: $DIGEST"; else version="newTag: \"${TAG:-$(scripts/version.sh)}\""; fi
cat >"$work/image/kustomization.yaml" <<EOF
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../kubernetes/overlays/$overlay]
images:
  - name: registry.example.com/zuora-gateway
    newName: $REGISTRY/zuora-gateway
    $version
EOF
"${render[@]}" "$work/image"
