#!/usr/bin/env python3
"""Finds phrases that this project's prose avoids: in documents, in comments of scripts and manifests, and in the string literals and
comments of Swift.

Code in Markdown is not read, because it quotes messages and names. Pages that are generated from Swift are checked there.
"""

import fnmatch
import io
import pathlib
import re
import subprocess
import sys
import tokenize

root = pathlib.Path(__file__).resolve().parent.parent

# A pattern, and what to write instead.
BANNED = [
    (r"\bwhich is why\b", "therefore, so; or the cause first"),
    (r"\b(held|hold|holds) ((it|them|each|what .{1,40}) )?against\b", "compares with"),
    (r"\bthe like\b", "and similar"),
    (r"\bwho(m)?ever\b", "any caller, the client that"),
    (r"\b(some|every)(body|one)\b", "an operator, every caller"),
    (r"\b(those|callers?|clients?|requests?) who\b|\bwho (asks|comes|connects|holds|reaches|reads|waits)\b", "callers that"),
    (r"\bif there is none\b", "without a …, if it has no …"),
    (r"\bfor want of\b", "without, because there is no"),
    (r"\bbe had\b", "is available, can be obtained"),
    (r"\broad of (a|the)\b", "request processing"),
    (r"\btak(e|es|en) care of\b", "handles"),
    (r"\b(with|tells?) the truth\b|\bowned up to\b", "reports the outcome"),
    (r"\bwhat (became|would become|will become|must become) of\b", "the outcome of, what happens to"),
    (r"\blook(s|ed|ing)? at the job\b|\bjob (is|was) looked at\b", "verifies the job"),
    (r"\bbr(eak|eaks|oke|eaking) off\b", "is truncated, ends early"),
    (r"\bdid not get in\b|\b(do|does) not get in\b", "failed, was rejected"),
    (r"\bturn(s|ed|ing)? (\w+ )?away\b", "rejects"),
    (r"\bmend(s|ed|ing)?\b", "fix"),
    (r"\bin order and\b|\bout of order\b", "cleanly; unavailable"),
    (r"\bas it stands\b", "unchanged, as shipped"),
    (r"\b(take|takes|taken|took) up\b", "reloads, picks up"),
    (r"\bin earnest\b|\bfor real\b", "in production, against the upstream"),
    (r"\b(stand|stands|standing|stood) still\b", "stalls, is suspended"),
    (r"\bc(o|a)mes? about\b", "is made, is established"),
    (r"'s leave\b|\bby your leave\b", "permission"),
    (r"\b(bytes|calls?|instructions|KiB|lines?|loops?|MiB|objects?|requests|responses|threads?|times|tokens|writes?) an? "
     r"(call|connection|gateway|hour|minute|processor|replica|request|second|worker|write)\b", "per second, per request"),
    (r"\bfor ever\b", "forever"),
    (r"\bfor good\b", "permanently"),
    (r"\bby way of\b", "through, with"),
    (r"\b(nobody|no one|no-one)\b", "no caller, no process, nothing"),
    (r"\b(the|an|its|no|every|each|of|token|own|lost|clear) answers?\b|\banswer(ed(?!-here)|ing|s (with|the|in|to))\b", "response, responds"),
    (r"\bplays? (Zuora|the part|faults|on demand)\b|\bstand-in (Zuora|for Zuora)\b|\bthe stand-in\b", "emulates, the sandbox"),
    (r"\bgo(es)? together\b", "match"),
    (r"(?<!here\s)\b(is|are|was|were) no (?!longer\b|more\b|less\b|such\b|way\b|need\b|\d)\w+", "is not a"),
]
DOCUMENTS = ["*.md", "deploy/*", ".github/*", ".ci/*", "scripts/*", "proxy.conf", "Makefile", "Dockerfile", "Benchmarks/*.sh", "Fuzz/*.sh",
             "Tests/Cases/*.py", "Tests/Conformance/*.sh", "examples/*"]
GENERATED = ["docs/configuration.md"]
IGNORED = ["*.png", "*.svg", "*.json", "scripts/prose-lint.py"]


def compiled(phrases):
    # A phrase may be wrapped, also in a comment.
    return [(re.compile(pattern.replace(" ", r"[\s#/]+"), re.IGNORECASE), instead) for pattern, instead in phrases]


def blanked(match):
    """A piece that is not read, with its lines kept for the numbers of those after it."""
    return re.sub(r"[^\n]", "", match[0])


def markdown(text):
    text = re.sub(r"^(```|~~~).*?^\1", blanked, text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"(?:(?<=\n\n)|\A)(?:(?: {4}|\t).*\n?)+", blanked, text)
    return paragraphs(re.sub(r"`[^`\n]*`", "``", text))


def paragraphs(text):
    """Paragraphs, with the numbers of their first lines."""
    number = 1
    for paragraph in re.split(r"(\n\s*\n)", text):
        yield number, paragraph
        number += paragraph.count("\n")


def swift(text):
    """String literals, comments, and documentation comments by paragraph."""
    pattern = r'(?P<comment>(?:^[ \t]*///[^\n]*\n)+)|(?P<slash>//[^\n]*)|/\*.*?\*/|"""(?P<block>.*?)"""|"(?P<line>(?:[^"\\\n]|\\.)*)"'
    for match in re.finditer(pattern, text, re.DOTALL | re.MULTILINE):
        if piece := match["comment"] or match["slash"] or match["block"] or match["line"]:
            yield text.count("\n", 0, match.start()) + 1, re.sub(r"(?m)^[ \t]*///|`[^`\n]*`", " ", piece) if match["comment"] else piece


def python(text):
    """Comments, and strings in triple quotes."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT or token.type == tokenize.STRING and token.string.endswith('"""'):
            yield token.start[0], token.string


def prose(path, text):
    if path.endswith(".swift"):
        return swift(text)
    if path.endswith(".md"):
        return markdown(text)
    if path.endswith(".py"):
        return python(text)
    return paragraphs(text)


def findings(path, phrases):
    for number, piece in prose(path, (root / path).read_text()):
        for pattern, instead in phrases:
            for match in pattern.finditer(piece):
                line = number + piece.count("\n", 0, match.start())
                yield f'{path}:{line}: "{" ".join(match[0].split())}": rather: {instead}'


def main():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                            cwd=root, capture_output=True, text=True, check=True).stdout.splitlines()
    found, documents, sources = [], 0, 0
    for path in listed:
        if not (root / path).is_file() or any(fnmatch.fnmatch(path, each) for each in IGNORED + GENERATED):
            continue
        if any(fnmatch.fnmatch(path, each) for each in DOCUMENTS):
            documents += 1
            found += findings(path, compiled(BANNED))
        elif fnmatch.fnmatch(path, "Sources/*.swift"):
            sources += 1
            found += findings(path, compiled(BANNED))
    for each in found:
        print(each, file=sys.stderr)
    if not documents or not sources:
        sys.exit("prose-lint: found no document, or no source")
    print(f"{documents} documents, {sources} sources, {len(BANNED)} phrases")
    return 1 if found else 0


sys.exit(main())
