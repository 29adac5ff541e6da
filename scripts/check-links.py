#!/usr/bin/env python3
"""Checks relative links and anchors in the repository's Markdown, and paths of the repository in code spans, offline. Links to other sites
are not followed.

    check-links.py [DIRECTORY]

With a directory, such as an installed share/doc/zuora-gateway, it checks the links of the pages in it instead.
"""

import pathlib
import re
import subprocess
import sys

repository = pathlib.Path(__file__).resolve().parent.parent
root = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else repository


def without_code(text):
    """The text without fenced blocks, indented blocks and code spans, which may contain brackets that are not links."""
    text = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"(?:(?<=\n\n)|\A)(?:(?: {4}|\t).*\n?)+", "", text)
    return re.sub(r"`[^`\n]*`", "``", text)


def anchors(text):
    """The anchors that GitHub makes of headings: lower case, without punctuation, spaces as hyphens; repeated ones are numbered."""
    seen = {}
    found = set(re.findall(r'<a (?:id|name)="([^"]+)"', text))
    for heading in re.findall(r"^#{1,6} +(.*?) *#*$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        found.add(f"{slug}-{count}" if count else slug)
    return found


def paths(text):
    """Code spans that are paths of the repository, without those that have a placeholder."""
    text = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`((?:\.ci|\.github|Benchmarks|Fuzz|Sources|Tests|deploy|docs|scripts)/[\w.+/-]+)[ `]", text)
    return [span.rstrip("/") for span in spans if not re.search(r"[A-Z]{4,}", span)]


def main():
    if root == repository:
        listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", "*.md"],
                                cwd=root, capture_output=True, text=True, check=True).stdout.split()
    else:
        listed = root.rglob("*.md")
    pages = {root / name: (root / name).read_text() for name in listed if (root / name).is_file()}
    failures, links = [], 0
    for page, text in pages.items():
        targets = re.findall(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)", without_code(text))
        targets += re.findall(r"^\[[^\]]+\]:\s*(\S+)", without_code(text), re.MULTILINE)
        targets += re.findall(r'<(?:img|a)\b[^>]*?(?:src|href)="([^"]+)"', without_code(text))
        for target in targets:
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            links += 1
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            where = page.relative_to(root)
            if not file.exists():
                failures.append(f"{where}: {target}: there is no {path}")
            elif root not in file.parents and file != root:
                failures.append(f"{where}: {target}: is outside {root}")
            elif anchor and file.suffix == ".md" and anchor not in anchors(pages.get(file) or file.read_text()):
                failures.append(f"{where}: {target}: there is no heading #{anchor}")
        if root == repository:
            failures += [f"{page.relative_to(root)}: `{path}`: there is no such path" for path in paths(text) if not (root / path).exists()]
    for failure in failures:
        print(failure, file=sys.stderr)
    if not links:
        print("check-links: found no link at all", file=sys.stderr)
        return 1
    print(f"{links} relative links in {len(pages)} pages")
    return 1 if failures else 0


sys.exit(main())
