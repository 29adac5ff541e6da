"""Where two parsers disagree about the bytes of one connection."""

from dataclasses import dataclass

from session import Session, normal_fields


@dataclass
class Disagreement:
    # we-refuse: the peer accepts a request that we refuse. peer-refuses: the other way round. extent: both accept, but we read
    # on where the peer has stopped, or the other way round. meaning: both accept, and understand it differently.
    kind: str
    detail: str
    index: int = 0


def first_disagreement(ours: Session, peer: Session) -> Disagreement | None:
    """The first one counts: what comes after it is read from different places."""
    for index, (our, their) in enumerate(zip(ours.requests, peer.requests)):
        for name in ("method", "target", "version", "body"):
            if getattr(our, name) != getattr(their, name):
                return Disagreement("meaning", name, index)
        if normal_fields(our.fields) != normal_fields(their.fields):
            return Disagreement("meaning", "fields", index)
        if our.keeps_alive != their.keeps_alive:
            return Disagreement("meaning", "keeps_alive", index)

    both = min(len(ours.requests), len(peer.requests))
    if len(peer.requests) > both:
        if ours.end == "refused":
            return Disagreement("we-refuse", ours.reason, both)
        return Disagreement("extent", f"ours {ours.end}, peer goes on", both)
    if len(ours.requests) > both:
        if peer.end == "refused":
            return Disagreement("peer-refuses", peer.reason, both)
        return Disagreement("extent", f"ours goes on, peer {peer.end}", both)
    # The same requests were accepted. That one waits for more where the other has refused already is no disagreement yet:
    # neither has accepted anything.
    waiting = {"idle", "incomplete", "refused"}
    if ours.end == peer.end or {ours.end, peer.end} <= waiting:
        return None
    return Disagreement("extent", f"ours {ours.end}, peer {peer.end}", both)
