#!/usr/bin/env bash
# Creates the images of a release from built executables: the libraries come from a clean Debian made by debootstrap, the rest from the
# Dockerfile's last stages. Writes docker archives (docker load, podman load, skopeo copy).
#
#   PROGRAMS=DIRECTORY scripts/dist-images.sh OUTPUT        needs root, debootstrap and buildah
set -euo pipefail
cd "$(dirname "$0")/.."

output=$(realpath "$1")
programs=${PROGRAMS:?the directory of the executables}
version=$(scripts/version.sh)
revision=$(scripts/version.sh --revision)
architecture=$(dpkg --print-architecture)
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-0}"

[ "$(id -u)" -eq 0 ] || { echo "dist-images: root is needed, for debootstrap and chroot (IMAGES=0 leaves the images out)" >&2; exit 1; }
for tool in buildah debootstrap; do
    command -v "$tool" >/dev/null || { echo "dist-images: please install $tool (IMAGES=0 leaves the images out)" >&2; exit 1; }
done

scratch=$(mktemp -d)
container_image=
clean_up() {
    [ -z "$container_image" ] || buildah rmi "$container_image" >/dev/null 2>&1 || true
    rm -rf "$scratch"
}
trap clean_up EXIT

mapfile -t packages < <(scripts/libraries.sh --packages "$programs"/zuora-{gateway,sandbox})
scripts/clean-root.sh "$scratch/root" "${packages[@]}"

mkdir "$scratch/root/source" "$scratch/materials"
scripts/licenses.sh "$scratch/materials/licenses"
cp -r scripts LICENSE proxy.conf "$scratch/root/source/"
for target in gateway sandbox; do
    product=zuora-$target
    install -m 755 -s "$programs/$product" "$scratch/root/source/$product"
    # The versions are those of the root whose libraries go into the image.
    SHIPPED=$scratch/root/source DPKG_ADMINDIR=$scratch/root/var/lib/dpkg \
        scripts/sbom.sh "$programs/$product" -- "${packages[@]}" >"$scratch/materials/sbom.spdx.json"
    rm -rf "$scratch/root/source/materials"
    cp -r "$scratch/materials" "$scratch/root/source/"
    rm -rf "$scratch/root/image"
    unshare --mount --fork chroot "$scratch/root" /bin/bash -euc '
        mount -t proc proc /proc
        cd /source
        MATERIALS=/source/materials SOURCE_DATE_EPOCH=$1 scripts/image-root.sh "$2" /image' - "$SOURCE_DATE_EPOCH" "$product"
    {
        awk -v stage="FROM scratch AS $target" '/^FROM / { inside = $0 == stage } inside' Dockerfile |
            sed 's|^COPY --from=build-[a-z]* /image/ /|COPY . /|'
    } >"$scratch/Dockerfile.$target"
    container_image=localhost/zuora-$target:$version
    buildah bud --quiet --format docker --isolation chroot --timestamp "$SOURCE_DATE_EPOCH" --arch "$architecture" \
        --build-arg "VERSION=$version" --build-arg "REVISION=$revision" --tag "$container_image" \
        --file "$scratch/Dockerfile.$target" "$scratch/root/image" >/dev/null
    buildah push --quiet "$container_image" "docker-archive:$scratch/$target.tar" >/dev/null
    scripts/image-archive.py "$scratch/$target.tar" "zuora-$target:$version" "$scratch/$target.rewritten.tar"
    gzip -9n <"$scratch/$target.rewritten.tar" >"$output/zuora-$target-$version-image-$architecture.tar.gz"
    buildah rmi "$container_image" >/dev/null
done
container_image=
