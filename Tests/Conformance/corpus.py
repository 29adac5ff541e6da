"""The cases that are written by hand; each suite's corpus/README.md describes the format."""

import pathlib
import re
from dataclasses import dataclass

ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "\\": b"\\"}


@dataclass
class Case:
    place: str
    verdict: str
    data: bytes


def unescape(text: str) -> bytes:
    def replace(match: re.Match) -> str:
        escape = match.group(1)
        value = bytes.fromhex(escape[1:]) if escape[0] == "x" else ESCAPES[escape]
        return value.decode("latin-1")

    return re.sub(r"\\(x[0-9a-f]{2}|.)", replace, text.encode().decode("latin-1")).encode("latin-1")


def cases(folder: pathlib.Path) -> list[Case]:
    found = []
    for path in sorted(folder.glob("*.txt")):
        for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
            if line and not line.startswith("#"):
                verdict, _, data = line.partition(" ")
                found.append(Case(f"{path.name}:{number}", verdict, unescape(data)))
    return found
