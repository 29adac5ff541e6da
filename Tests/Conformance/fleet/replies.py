"""Compares the reader of replies with hiredis's: made-up replies, whole, cut, and with bytes changed.

Every reply that both accept must be the same. What hiredis refuses is refused, and what else is refused must be in STRICTER.
"""

import collections
import json
import random
import struct
import subprocess

import hiredis

from expectations import FAILURES, check

# What ours refuses and hiredis reads.
STRICTER = {
    "unknownType": "types of RESP3, which a connection that never says HELLO 3 does not get",
    "badEnd": "a bare CR or LF within a line, or bytes other than CRLF after a bulk string",
    "tooDeep": "arrays deeper than six; hiredis allows nine",
    "tooLarge": "a length beyond the limit, as soon as it is said; hiredis waits for the bytes",
}
MORE = object()


class Grammar:
    """Replies as a server might send them."""

    def __init__(self, seed: int):
        self.chance = random.Random(seed)

    def text(self) -> bytes:
        return bytes(self.chance.choice(b"abcXYZ 019:-+$*") for _ in range(self.chance.randrange(12)))

    def reply(self, depth: int = 0) -> bytes:
        kind = self.chance.randrange(10 if depth < 5 else 7)
        if kind == 0:
            return b"+" + self.text() + b"\r\n"
        if kind == 1:
            return b"-ERR " + self.text() + b"\r\n"
        if kind in (2, 3):
            numbers = [0, 1, -1, 42, 2**63 - 1, -(2**63), 2**63, self.chance.randrange(10**6)]
            return b":%d\r\n" % self.chance.choice(numbers[: 6 if self.chance.random() < 0.95 else 8])
        if kind in (4, 5):
            content = self.chance.randbytes(self.chance.randrange(40))
            return b"$%d\r\n%s\r\n" % (len(content), content)
        if kind == 6:
            return self.chance.choice([b"$-1\r\n", b"*-1\r\n"])
        count = self.chance.randrange(5)
        return b"*%d\r\n" % count + b"".join(self.reply(depth + 1) for _ in range(count))

    def connection(self) -> bytes:
        data = bytearray(b"".join(self.reply() for _ in range(self.chance.randrange(1, 5))))
        if self.chance.random() < 0.5:
            for _ in range(self.chance.randrange(1, 4)):
                place = self.chance.randrange(len(data) + 1)
                byte = self.chance.choice(b"\r\n$*:+-0123456789_,#(=%~>| \0") if self.chance.random() < 0.8 else self.chance.randrange(256)
                change = self.chance.randrange(3)
                if change == 0:
                    data[place:place] = bytes([byte])
                elif change == 1:
                    del data[place : place + 1]
                else:
                    data[place : place + 1] = bytes([byte])
        return bytes(data)


def theirs(data: bytes):
    """What hiredis reads, and whether it ends with an error."""
    reader = hiredis.Reader(notEnoughData=MORE)
    reader.setmaxbuf(0)
    reader.feed(data)
    values = []
    try:
        while (value := reader.gets()) is not MORE:
            values.append(plain(value))
    except hiredis.ProtocolError as error:
        return values, str(error)
    except TypeError:
        # A set or map of RESP3 that holds what Python cannot put there.
        return values, "RESP3"
    return values, None


def plain(value):
    if isinstance(value, hiredis.ReplyError):
        return ("error", str(value))
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


def ours(value):
    (kind, content), = value.items()
    match kind:
        case "array":
            return [ours(each) for each in content]
        case "integer":
            return int(content)
        case "null":
            return None
        case "error":
            # As the binding shows it.
            return ("error", bytes.fromhex(content).decode("utf-8", "replace"))
        case _:
            return bytes.fromhex(content)


def run(probe: str, count: int, seed: int):
    grammar = Grammar(seed)
    datas = [grammar.connection() for _ in range(count)]
    frames = b"".join(struct.pack(">II", len(data), grammar.chance.randrange(len(data) + 1)) + data for data in datas)
    lines = subprocess.run([probe, "parse"], input=frames, check=True, stdout=subprocess.PIPE).stdout.splitlines()
    assert len(lines) == count, "the probe did not report on every frame"
    classes, accepted = collections.Counter(), 0
    for data, line in zip(datas, lines):
        report = json.loads(line)
        mine, end = [ours(value) for value in report["replies"]], report["end"].split("(")[0]
        values, error = theirs(data)
        accepted += len(mine)
        shared = min(len(mine), len(values))
        reason = None
        if mine[:shared] != values[:shared]:
            reason = "other values"
        elif end not in ("idle", "incomplete") and (error is None or len(values) > shared):
            # Ours has stopped where hiredis goes on.
            reason = None if end in STRICTER else f"refused: {end}"
            classes[end] += 1
        elif error is not None and end in ("idle", "incomplete") or len(mine) > shared:
            reason = f"accepted: {error}"
        elif len(values) != len(mine):
            reason = "other numbers of replies"
        check(reason or "", not reason, data, mine, end, values, error)
    named = ", ".join(f"{number} {name}" for name, number in sorted(classes.items()))
    print(f"{count} made-up connections, {accepted} replies: {len(FAILURES)} differences from hiredis that are not documented; stricter: {named}")
