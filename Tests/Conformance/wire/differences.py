"""Which disagreements are known. Each is explained in differences.md; one that is not there is a failure."""

import pathlib
import re

from compare import Disagreement
from session import Session, normal_fields

DOCUMENT = pathlib.Path(__file__).with_name("differences.md")


def documented(document: pathlib.Path = DOCUMENT) -> set[tuple[str, str]]:
    """The classes in a differences.md, as pairs of a peer and a class: the rows of its tables."""
    classes = set()
    for line in document.read_text("utf-8").splitlines():
        if match := re.match(r"\| `([^`]+)` \| ([a-z0-9, ]+) \|", line):
            classes |= {(peer.strip(), match.group(1)) for peer in match.group(2).split(",")}
    return classes


def classify(peer_name: str, data: bytes, disagreement: Disagreement, ours: Session, peer: Session) -> str | None:
    """The class that a disagreement belongs to, or nothing if it is of an unknown kind."""
    if disagreement.kind == "we-refuse":
        if peer.end == "upgrade" and disagreement.detail.startswith(("A chunk", "The chunk", "A trailer")):
            return "upgrade"
        # Strict is what we mean to be. The reason is the class, and has to be in the document like any other.
        return disagreement.detail
    index = disagreement.index
    our = ours.requests[index] if index < len(ours.requests) else None
    for name, belongs in CLASSES[peer_name].items():
        if belongs(disagreement, our, ours, peer, data):
            return name
    return None


def options(request) -> list[bytes]:
    values = [value.lower() for name, value in normal_fields(request.fields) if name == b"connection"]
    return [option.strip() for value in values for option in value.split(b",")]


def has_field(request, name: bytes, value_part: bytes = b"") -> bool:
    return any(n.lower() == name and value_part in v.lower() for n, v in request.fields)


def unknown_method(disagreement, our, ours, peer, data):
    return disagreement.kind == "peer-refuses" and (
        "Invalid method encountered" in peer.reason
        or our.method.startswith(b"PRI")
        and "Preface" in peer.reason
        or "Expected space after method" in peer.reason
        and re.fullmatch(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+", our.method) is not None
    )


def trailers_in_framing(disagreement, our, ours, peer, data):
    return (
        disagreement.kind == "peer-refuses"
        and has_field(our, b"transfer-encoding")
        and not has_field(our, b"content-length")
        and "Content-Length can't be present" in peer.reason
    )


def tab_after_coding(disagreement, our, ours, peer, data):
    return disagreement.kind == "peer-refuses" and "Transfer-Encoding" in peer.reason and has_field(our, b"transfer-encoding", b"chunked")


def upgrade(disagreement, our, ours, peer, data):
    """llhttp stops at a request that asks to upgrade, before its body."""
    asked = [r for r in ours.requests + peer.requests if has_field(r, b"upgrade") and b"upgrade" in options(r)]
    return bool(asked) and peer.end == "upgrade" and (disagreement.kind == "extent" or disagreement.detail == "body")


def close_wins(disagreement, our, ours, peer, data):
    return disagreement.detail == "keeps_alive" and not our.keeps_alive and b"close" in options(our)


def proxy_connection(disagreement, our, ours, peer, data):
    """llhttp reads Proxy-Connection as it reads Connection."""
    asked = [r for r in ours.requests if has_field(r, b"proxy-connection")]
    return bool(asked) and (disagreement.detail == "keeps_alive" or disagreement.kind == "extent" and peer.end == "closed")


def http10_keep_alive(disagreement, our, ours, peer, data):
    return disagreement.detail == "keeps_alive" and our.keeps_alive and our.version == "1.0" and b"keep-alive" in options(our)


def empty_line_before(disagreement, our, ours, peer, data):
    is_after_line_end = our is not None and b"\r\n" + our.method + b" " + our.target + b" " in data
    reasons = ("no request line received", "illegal request line")
    return disagreement.kind == "peer-refuses" and is_after_line_end and peer.reason in reasons


CLASSES = {
    "llhttp": {
        "unknown-method": unknown_method,
        "framing-field-in-trailers": trailers_in_framing,
        "tab-after-coding": tab_after_coding,
        "upgrade": upgrade,
        "close-wins": close_wins,
        "proxy-connection": proxy_connection,
    },
    "h11": {
        "http10-keep-alive": http10_keep_alive,
        "empty-line-before": empty_line_before,
    },
}
