"""Which disagreements about responses are known. Each is explained in differences.md; one that is not there is a failure."""

import re

from responses.exchange import Disagreement, Exchange
from session import normal_fields


def classify(peer_name: str, data: bytes, disagreement: Disagreement, ours: Exchange, peer: Exchange) -> str | None:
    """The class that a disagreement belongs to, or nothing if it is of an unknown kind."""
    if disagreement.kind == "we-refuse":
        # Strict is what we mean to be. The reason is the class, and has to be in the document like any other.
        return disagreement.detail
    for name, belongs in CLASSES[peer_name].items():
        if belongs(disagreement, ours, peer, data):
            return name
    return None


def options(data: bytes) -> list[bytes]:
    """What Connection says in any of the heads."""
    values = [match.group(1) for line in lines(data) if (match := re.match(rb"connection[ \t]*:(.*)", line, re.DOTALL))]
    return [option.strip(b" \t") for value in values for option in value.split(b",")]


def lines(data: bytes) -> list[bytes]:
    """The lines of the heads, roughly; interim responses included."""
    return [line.lower() for line in data.split(b"\r\n")]


def has_line(data: bytes, name: bytes) -> bool:
    return any(re.match(name + rb"[ \t]*:", line) for line in lines(data))


def has_both(data: bytes) -> bool:
    """Whether one head has both fields that frame a body."""
    heads = data.split(b"\r\n\r\n")
    return any(has_line(head, b"content-length") and has_line(head, b"transfer-encoding") for head in heads)


def space_before_colon(disagreement, ours, peer, data):
    is_there = any(re.match(rb"[!#$%&'*+.^_`|~0-9a-z-]+[ \t]+:", line) for line in lines(data))
    reasons = ("Invalid header token", "Invalid header field char", "illegal header line")
    return disagreement.kind == "peer-refuses" and is_there and peer.reason.startswith(reasons)


def repeated_length(disagreement, ours, peer, data):
    reasons = ("Invalid character in Content-Length", "Duplicate Content-Length", "Content-Length already present")
    return disagreement.kind == "peer-refuses" and peer.reason in reasons and has_line(data, b"content-length")


def length_beside_coding(disagreement, ours, peer, data):
    return disagreement.kind == "peer-refuses" and "can't be present with" in peer.reason and has_both(data) and not ours.keeps_alive


def framing_field_in_trailers(disagreement, ours, peer, data):
    is_chunked = any(name == b"transfer-encoding" for name, _ in normal_fields(ours.fields))
    reason = "Content-Length can't be present with Transfer-Encoding"
    return disagreement.kind == "peer-refuses" and is_chunked and not has_both(data) and peer.reason == reason


def tab_after_coding(disagreement, ours, peer, data):
    is_there = re.search(rb"transfer-encoding[ \t]*:[^\r]*chunked ?\t", data.lower()) is not None
    return disagreement.kind != "peer-refuses" and is_there and peer.end == "waiting"


def interim_closes(disagreement, ours, peer, data):
    return disagreement.kind == "peer-refuses" and "Data after `Connection: close`" in peer.reason and ours.interim != []


def close_wins(disagreement, ours, peer, data):
    return disagreement.detail == "keeps_alive" and not ours.keeps_alive and b"close" in options(data)


def proxy_connection(disagreement, ours, peer, data):
    return disagreement.detail == "keeps_alive" and has_line(data, b"proxy-connection")


def http10_keep_alive(disagreement, ours, peer, data):
    return disagreement.detail == "keeps_alive" and ours.keeps_alive and ours.version == "1.0" and b"keep-alive" in options(data)


def doubt(disagreement, ours, peer, data):
    """We relay the response, and use its connection never again."""
    framed = has_line(data, b"content-length") or has_line(data, b"transfer-encoding")
    causes = (
        has_both(data),
        framed and (ours.status == 204 or ours.interim),
        ours.interim and b"close" in options(data),
        any(re.search(rb"[^!#$%&'*+.^_`|~0-9a-z-]", option) for option in options(data)),
    )
    return disagreement.detail == "keeps_alive" and not ours.keeps_alive and any(causes)


CLASSES = {
    "llhttp": {
        "space-before-colon": space_before_colon,
        "repeated-length": repeated_length,
        "length-beside-coding": length_beside_coding,
        "framing-field-in-trailers": framing_field_in_trailers,
        "tab-after-coding": tab_after_coding,
        "interim-closes": interim_closes,
        "close-wins": close_wins,
        "proxy-connection": proxy_connection,
        "doubt": doubt,
    },
    "h11": {
        "space-before-colon": space_before_colon,
        "http10-keep-alive": http10_keep_alive,
        "doubt": doubt,
    },
}
