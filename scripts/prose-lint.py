#!/usr/bin/env python3
"""Finds phrases that this project's prose does without: in pages, the manual, and the texts that the program prints.

    prose-lint.py [--all]

Only what scripts/prose-clean lists has to be clean; with --all, everything has to be. Of Swift sources, string literals are read, and not
comments or code.
"""

import fnmatch
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent

# A pattern, and what to write in its place.
BANNED = [
    (r"\bnobody\b|\bno one\b", "name what does not: no caller, no process, nothing"),
    (r"\bwhoever\b|\bwhomever\b", "any caller, the client that"),
    (r"\bfor want of\b", "without, because there is no"),
    (r"\broad of (a|the) request\b", "request processing, request path"),
    (r"\btakes? care of\b", "handles, features"),
    (r"\bwith the truth\b|\btells? the truth\b|\bowned up to\b", "reports the outcome"),
    (r"\b(can|could|may|might) be had\b|\bto be had\b", "is available, cannot be obtained"),
    (r"\bbreaks? off\b|\bbroke off\b", "is truncated, is reset, ends early"),
    (r"\bdid not get in\b", "failed, was refused"),
    (r"\b(answered|answers) with\b|\bthe answer\b|\ban answer\b", "response, responds with"),
    (r"\bwho (comes|asks|waits|connects|reaches)\b", "callers that"),
    (r"\bturns? (it|them|him|her|a|the|nobody|callers?) away\b", "rejects, refuses"),
    (r"\bto mend\b|\bmends\b|\bmended\b", "fix"),
    (r"\bin order and\b|\bout of order\b", "cleanly; unavailable"),
    (r"\bas it stands\b", "unchanged, as shipped"),
    (r"\btaken up\b|\btakes? up\b", "reloads, picks up"),
    (r"\bplays? Zuora\b|\bplays? the part\b", "simulates, emulates"),
    (r"\bin earnest\b|\bfor real\b", "in production, against the real upstream"),
    (r"\bheld against\b|\bhold (it|them) against\b", "compared with, tested against"),
    (r"\bwhat became of\b|\bwhat would become of\b", "the outcome of, what would happen to"),
    (r"\bsomebody\b", "a person, an operator"),
]
PATTERNS = [(re.compile(pattern, re.IGNORECASE), instead) for pattern, instead in BANNED]
PAGES = ["*.md", "docs/*.1", "deploy/*", ".github/*", "proxy.conf", "Makefile"]
IGNORED = ["*.png", "*.svg", "*.json", "LICENSE"]


def literals(text):
    """Lines and texts of the string literals of Swift."""
    pattern = r'//[^\n]*|/\*.*?\*/|"""(?P<block>.*?)"""|"(?P<line>(?:[^"\\\n]|\\.)*)"'
    for match in re.finditer(pattern, text, re.DOTALL):
        literal = match["block"] if match["block"] is not None else match["line"]
        if literal:
            yield text.count("\n", 0, match.start()) + 1, literal


def prose(path, text):
    """Pieces of the file that are prose, each with its first line; lines of a paragraph are joined, for phrases that are wrapped."""
    if path.endswith(".swift"):
        yield from literals(text)
        return
    number = 1
    for paragraph in re.split(r"(\n\s*\n)", text):
        yield number, paragraph
        number += paragraph.count("\n")


def findings(path):
    for number, piece in prose(path, (root / path).read_text()):
        for pattern, instead in PATTERNS:
            for match in pattern.finditer(re.sub(r"\s(?=\s*\S)", " ", piece) if "\n" in piece else piece):
                line = number + piece.count("\n", 0, match.start())
                yield f'{path}:{line}: "{match[0]}": rather: {instead}'


def main(strict):
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                            cwd=root, capture_output=True, text=True, check=True).stdout.splitlines()
    wanted = [path for path in listed if (root / path).is_file() and not any(fnmatch.fnmatch(path, each) for each in IGNORED) and (
        any(fnmatch.fnmatch(path, each) for each in PAGES) or fnmatch.fnmatch(path, "Sources/*.swift"))]
    clean = [line.strip() for line in (root / "scripts/prose-clean").read_text().splitlines() if line.strip() and line[0] != "#"]
    failures, others = [], []
    for each in clean:
        if not any(fnmatch.fnmatch(path, each) for path in wanted):
            failures.append(f"scripts/prose-clean: {each}: matches no file")
    for path in wanted:
        must = strict or any(fnmatch.fnmatch(path, each) for each in clean)
        (failures if must else others).extend(findings(path))
    for failure in failures:
        print(failure, file=sys.stderr)
    checked = sum(1 for path in wanted if strict or any(fnmatch.fnmatch(path, each) for each in clean))
    print(f"{checked} of {len(wanted)} files have to be clean; {len(others)} findings in the others (prose-lint.py --all shows them)")
    return 1 if failures else 0


sys.exit(main("--all" in sys.argv[1:]))
