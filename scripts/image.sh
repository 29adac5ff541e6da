#!/usr/bin/env bash
# Builds a container image with docker, podman or buildah, whichever is installed. Further arguments are passed to the build.
#
#   ENGINE=podman REGISTRY=registry.internal/team TARGET=sandbox scripts/image.sh --build-arg SOURCE=https://example.org/repository
#
# TARGET is gateway or sandbox. The image is named [REGISTRY/]zuora-TARGET:VERSION, or IMAGE if set.
set -euo pipefail
cd "$(dirname "$0")/.."

engine=${ENGINE:-}
if [ -z "$engine" ]; then
    for candidate in docker podman buildah; do
        if command -v "$candidate" >/dev/null && { [ "$candidate" != docker ] || docker info >/dev/null 2>&1; }; then
            engine=$candidate
            break
        fi
    done
fi
[ -n "$engine" ] || { echo "image: found no working docker, podman or buildah; see also make image-test" >&2; exit 1; }

target=${TARGET:-gateway}
version=$(scripts/version.sh)
revision=$(scripts/version.sh --revision)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH

arguments=(--build-arg "VERSION=$version" --build-arg "REVISION=$revision" --build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH"
    --target "$target" --tag "${IMAGE:-${REGISTRY:+$REGISTRY/}zuora-$target:$version}")
# The OCI format has no HEALTHCHECK. The time stamps of the image itself are those of the sources.
case $engine in
    buildah | */buildah) exec "$engine" bud --format docker --timestamp "$SOURCE_DATE_EPOCH" "${arguments[@]}" "$@" . ;;
    podman | */podman) exec "$engine" build --format docker --timestamp "$SOURCE_DATE_EPOCH" "${arguments[@]}" "$@" . ;;
    *) exec "$engine" build "${arguments[@]}" "$@" . ;;
esac
