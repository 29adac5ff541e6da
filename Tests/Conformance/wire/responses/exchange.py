"""What a parser makes of the bytes that a server sends after one request, in one form for all parsers; and where two disagree."""

from dataclasses import dataclass, field, replace

from session import normal_fields

HEAD, EOF, CUT = 1, 2, 4
"""What goes on around the bytes, as wire-probe takes it: the request was a HEAD; the connection closes behind the bytes; it does
so without a proper end (with EOF)."""


@dataclass
class Exchange:
    interim: list[int] = field(default_factory=list)
    # 0 until the head is whole.
    status: int = 0
    version: str = ""
    fields: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    keeps_alive: bool = False
    # waiting, complete, broken.
    end: str = "waiting"
    kind: str = ""
    reason: str = ""
    until_close: bool = False
    # Bytes behind a response that is complete; None if the parser cannot say.
    left: int | None = None

    @property
    def verdict(self) -> str:
        if self.end == "broken":
            return self.kind
        if self.end == "waiting":
            return "open" if self.until_close else "more"
        return "left" if self.left else "ok" if self.keeps_alive else "close"

    def without_close(self) -> "Exchange":
        """As if the connection had not closed, for a parser that cannot be told so."""
        if self.until_close and self.end == "complete" or self.kind == "http_response_incomplete":
            return replace(self, end="waiting", kind="")
        return self


@dataclass
class Disagreement:
    # we-refuse: the peer accepts what we do not. peer-refuses: the other way round. extent: both accept, but one of them sees the
    # end elsewhere. meaning: both accept, and understand it differently.
    kind: str
    detail: str


def first_disagreement(ours: Exchange, peer: Exchange) -> Disagreement | None:
    both = min(len(ours.interim), len(peer.interim))
    if ours.interim[:both] != peer.interim[:both]:
        return Disagreement("meaning", "interim")
    if accepts_more(peer, ours) and ours.end == "broken":
        return Disagreement("we-refuse", ours.reason)
    if accepts_more(ours, peer) and peer.end == "broken":
        return Disagreement("peer-refuses", peer.reason)
    if "broken" in (ours.end, peer.end):
        # Neither has accepted what the other has not.
        return None
    if ours.interim != peer.interim:
        return Disagreement("extent", "interim")
    if (ours.status == 0) != (peer.status == 0):
        return Disagreement("extent", "head")
    for name in ("status", "version", "body"):
        if getattr(ours, name) != getattr(peer, name):
            return Disagreement("meaning", name)
    if mended(ours) != mended(peer):
        return Disagreement("meaning", "fields")
    if ours.end != peer.end:
        return Disagreement("extent", f"ours {ours.end}, peer {peer.end}")
    if ours.end == "complete":
        if peer.left is not None and ours.left != peer.left:
            return Disagreement("extent", f"ours leaves {ours.left}, peer {peer.left}")
        if ours.keeps_alive != peer.keeps_alive and not ours.until_close:
            return Disagreement("meaning", "keeps_alive")
    return None


def accepts_more(one: Exchange, other: Exchange) -> bool:
    """Whether one of them has accepted something that the other has not: an interim response, the head, or the whole."""

    def progress(exchange: Exchange):
        accepts_body = exchange.end == "complete" or exchange.until_close and exchange.end == "waiting"
        return len(exchange.interim), exchange.status != 0, accepts_body

    return progress(one) > progress(other)


def mended(exchange: Exchange) -> list[tuple[bytes, bytes]]:
    """The fields without those that we drop: a length that does not count, or may not be there."""
    fields = normal_fields(exchange.fields)
    if exchange.status == 204 or any(name == b"transfer-encoding" for name, _ in fields):
        return [(name, value) for name, value in fields if name != b"content-length"]
    return fields
