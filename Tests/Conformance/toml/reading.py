"""Their side: Python's tomllib, its values in the form that the probe reports, and what proxy.conf forbids beyond TOML.

A table is {"table": [[KEY, VALUE], ...]} in the file's order, an array is one, and everything else is a string with its type in
front. Text is in hexadecimal.
"""

import datetime
import struct
import tomllib

from probe import Refused

# Tables and arrays in one another (Document.maximumDepth).
MAXIMUM_DEPTH = 64


def expected(text: bytes):
    """What the gateway has to read: what tomllib reads, unless proxy.conf forbids it; or Refused."""
    try:
        value = tomllib.loads(text.decode())
    except (ValueError, RecursionError) as error:
        return Refused(str(error))
    reason = forbidden(value)
    return Refused("proxy.conf forbids " + reason) if reason else portable(value)


def forbidden(value, depth: int = 0) -> str | None:
    """What proxy.conf forbids on purpose in what is valid TOML."""
    if depth > MAXIMUM_DEPTH:
        return "depth"
    if isinstance(value, dict):
        if any("\0" in key for key in value):
            return "NUL"
        return next(filter(None, (forbidden(inner, depth + 1) for inner in value.values())), None)
    if isinstance(value, list):
        return next(filter(None, (forbidden(inner, depth + 1) for inner in value)), None)
    if isinstance(value, str) and "\0" in value:
        return "NUL"
    # TOML wants an error for what does not fit; Python's integers have no bound.
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return "an integer beyond 64 bits"
    return None


def portable(value):
    if isinstance(value, dict):
        return {"table": [[key.encode().hex(), portable(inner)] for key, inner in value.items()]}
    if isinstance(value, list):
        return [portable(inner) for inner in value]
    if isinstance(value, str):
        return "string:" + value.encode().hex()
    if isinstance(value, bool):
        return "boolean:" + str(value).lower()
    if isinstance(value, int):
        return f"integer:{value}"
    if isinstance(value, float):
        bits = int.from_bytes(struct.pack(">d", value), "big")
        return "float:" + ("nan" if value != value else f"{bits:x}")
    return "datetime:" + " ".join("-" if part is None else str(part) for part in date_parts(value))


def date_parts(value) -> list:
    date = [value.year, value.month, value.day] if isinstance(value, datetime.date) else [None] * 3
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return date + [None] * 5
    offset = value.utcoffset()
    minutes = None if offset is None else int(offset.total_seconds()) // 60
    return date + [value.hour, value.minute, value.second, value.microsecond, minutes]
