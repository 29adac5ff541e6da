"""The cases written by hand; the format is told in corpus/README.md."""

import pathlib
import re
from dataclasses import dataclass

FOLDER = pathlib.Path(__file__).parent / "corpus"
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

    return re.sub(r"\\(x[0-9a-f]{2}|.)", replace, text).encode("latin-1")


def cases(folder: pathlib.Path = FOLDER) -> list[Case]:
    found = []
    for path in sorted(folder.glob("*.txt")):
        for number, line in enumerate(path.read_text("ascii").split("\n"), 1):
            if line and not line.startswith("#"):
                verdict, text = line.split(" ", 1)
                found.append(Case(f"{path.name}:{number}", verdict, unescape(text)))
    return found
