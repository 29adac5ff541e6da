#!/usr/bin/env python3
"""Installs README, changelog, licence, docs/, examples/ and deploy/ into a directory, in the layout of the repository, so that their links
work there. A link to a file that is only in the repository becomes its text, with the file's path.

    install-documents.py DIRECTORY
"""

import os
import pathlib
import re
import shutil
import sys

root = pathlib.Path(__file__).resolve().parent.parent

INSTALLED = ["README.md", "CHANGELOG.md", "LICENSE", "proxy.conf", "docs/*.md", "docs/*.png", "docs/*.svg", "docs/*.json",
             "examples/**/*", "deploy/**/*"]
# What the packages are made with, and what only exists on a machine where the examples ran.
LEFT_OUT = ["deploy/debian/*", "examples/certificates/*", "*/__pycache__/*"]
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")


def files():
    found = {path.relative_to(root) for pattern in INSTALLED for path in root.glob(pattern) if path.is_file()}
    return sorted(path for path in found if not any(path.match(pattern) for pattern in LEFT_OUT))


def without_dead_links(page, text, installed):
    """Links that lead out of what is installed, as text."""
    def replaced(match):
        label, target = match.groups()
        path = target.partition("#")[0]
        if not path or re.match(r"[a-z][a-z0-9+.-]*:", target):
            return match[0]
        file = pathlib.Path(os.path.normpath(page.parent / path))
        if file in installed or any(file in other.parents for other in installed):
            return match[0]
        return f"{label} (`{file}` in the repository)"

    return LINK.sub(replaced, text)


def main(directory):
    installed = files()
    for path in installed:
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            target.write_text(without_dead_links(path, (root / path).read_text(), set(installed)))
        else:
            shutil.copyfile(root / path, target)
        target.chmod(0o755 if os.access(root / path, os.X_OK) else 0o644)


if len(sys.argv) != 2:
    sys.exit("usage: install-documents.py DIRECTORY")
main(pathlib.Path(sys.argv[1]))
