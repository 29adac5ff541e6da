#!/usr/bin/env bash
# Loads the image archives of a release and pushes them with docker, one manifest list per image for all architectures.
#
#   ACTOR=NAME TOKEN=TOKEN scripts/push-images.sh DIRECTORY REGISTRY
set -euo pipefail
cd "$(dirname "$0")/.."

directory=$1 registry=$2
version=$(scripts/version.sh)
docker login "${registry%%/*}" --username "$ACTOR" --password-stdin <<<"$TOKEN"
for target in gateway sandbox; do
    name=$registry/zuora-$target
    pushed=()
    for archive in "$directory/zuora-$target-$version-image-"*.tar.gz; do
        architecture=${archive##*-image-}
        architecture=${architecture%.tar.gz}
        docker load --input "$archive"
        docker tag "zuora-$target:$version" "$name:$version-$architecture"
        docker push "$name:$version-$architecture"
        pushed+=("$name:$version-$architecture")
    done
    docker buildx imagetools create --tag "$name:$version" "${pushed[@]}"
done
