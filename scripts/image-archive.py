#!/usr/bin/env python3
"""Rewrites a docker archive (`docker save`) without anything that differs between builds.

    image-archive.py IN NAME:TAG OUT

buildah records the random name of its working container as the image's host name, and lists the image under further names. The layers are
not changed, because registries identify them by digest.
"""

import hashlib
import io
import json
import sys
import tarfile


def main(source, name, target):
    with tarfile.open(source) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))
        if len(manifest) != 1:
            sys.exit(f"image-archive: {source} contains {len(manifest)} images")
        image = json.load(archive.extractfile(manifest[0]["Config"]))
        layers = {}
        for path, digest in zip(manifest[0]["Layers"], image["rootfs"]["diff_ids"], strict=True):
            content = archive.extractfile(path).read()
            if "sha256:" + hashlib.sha256(content).hexdigest() != digest:
                sys.exit(f"image-archive: {path} does not match its digest")
            layers[path] = content
    for config in (image.get("config", {}), image.get("container_config", {})):
        config.pop("Hostname", None)
        config.get("Labels", {}).pop("io.buildah.version", None)
    for noise in ("container", "docker_version"):
        image.pop(noise, None)
    config = json.dumps(image, sort_keys=True, separators=(",", ":")).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    described = [{"Config": config_name, "RepoTags": [name], "Layers": list(layers)}]
    files = {**layers, config_name: config, "manifest.json": json.dumps(described).encode()}
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as archive:
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))


main(*sys.argv[1:])
