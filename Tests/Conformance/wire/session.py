"""What a parser makes of the bytes of one connection, in one form for all parsers."""

from dataclasses import dataclass, field


@dataclass
class Request:
    method: bytes
    target: bytes
    version: str
    fields: list[tuple[bytes, bytes]]
    body: bytes = b""
    keeps_alive: bool = True


@dataclass
class Session:
    requests: list[Request] = field(default_factory=list)
    # idle: all bytes are used up; incomplete: they end within a request; refused; closed: the last request closes.
    end: str = "idle"
    status: int = 0
    reason: str = ""

    @property
    def verdict(self) -> str:
        last = {"idle": [], "incomplete": ["more"], "refused": [str(self.status)], "closed": ["close"]}[self.end]
        return "+".join(["ok"] * len(self.requests) + last)


def normal_fields(fields):
    """Names in small letters, values without the white space around them, the name of a coding in small letters: what RFC 9110
    and RFC 9112 say does not matter."""
    normal = [(name.lower(), value.strip(b" \t")) for name, value in fields]
    return [(name, value.lower() if name == b"transfer-encoding" else value) for name, value in normal]
