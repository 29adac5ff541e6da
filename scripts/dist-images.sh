#!/usr/bin/env bash
# Makes the images of a release from executables that have been built, without compiling again: the libraries come from a clean Debian made
# by debootstrap, the rest from the Dockerfile's last stages. Writes docker archives (docker load, podman load, skopeo copy).
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

work=$(mktemp -d)
container_image=
clean_up() {
    [ -z "$container_image" ] || buildah rmi "$container_image" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap clean_up EXIT

mapfile -t packages < <(scripts/libraries.sh --packages "$programs"/zuora-gateway)
scripts/clean-root.sh "$work/root" "${packages[@]}"

mkdir "$work/root/work" "$work/materials"
scripts/licenses.sh "$work/materials/licenses"
cp -r scripts LICENSE proxy.conf "$work/root/work/"
# Which product an image holds.
for image in gateway:zuora-gateway sandbox:zuora-gateway; do
    target=${image%:*} product=${image#*:}
    install -m 755 -s "$programs/$product" "$work/root/work/$product"
    # The versions are those of the root whose libraries go into the image.
    SHIPPED=$work/root/work/$product DPKG_ADMINDIR=$work/root/var/lib/dpkg \
        scripts/sbom.sh "$programs/$product" "${packages[@]}" >"$work/materials/sbom.spdx.json"
    rm -rf "$work/root/work/materials"
    cp -r "$work/materials" "$work/root/work/"
    rm -rf "$work/root/image"
    unshare --mount --fork chroot "$work/root" /bin/bash -euc '
        mount -t proc proc /proc
        cd /work
        MATERIALS=/work/materials SOURCE_DATE_EPOCH=$1 scripts/image-root.sh "$2" /image' - "$SOURCE_DATE_EPOCH" "$product"
    {
        awk -v stage="FROM scratch AS $target" '/^FROM / { inside = $0 == stage } inside' Dockerfile |
            sed 's|^COPY --from=build /image/ /|COPY . /|'
    } >"$work/Dockerfile.$target"
    container_image=localhost/zuora-$target:$version
    buildah bud --quiet --format docker --isolation chroot --timestamp "$SOURCE_DATE_EPOCH" --arch "$architecture" \
        --build-arg "VERSION=$version" --build-arg "REVISION=$revision" --tag "$container_image" \
        --file "$work/Dockerfile.$target" "$work/root/image" >/dev/null
    buildah push --quiet "$container_image" "docker-archive:$work/$target.tar" >/dev/null
    scripts/image-archive.py "$work/$target.tar" "zuora-$target:$version" "$work/$target.rewritten.tar"
    gzip -9n <"$work/$target.rewritten.tar" >"$output/zuora-$target-$version-image-$architecture.tar.gz"
    buildah rmi "$container_image" >/dev/null
done
container_image=
