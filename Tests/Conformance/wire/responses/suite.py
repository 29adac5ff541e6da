"""Compares the response half of Wire with llhttp and h11."""

import collections
import pathlib
import random

import corpus
from differences import documented
from probe import BYTE_BY_BYTE, run
from expectations import fail
from report import Report
from responses import differences
from responses.exchange import CUT, EOF, HEAD, Disagreement, Exchange, first_disagreement
from responses.grammar import ResponseGrammar
from responses.peers import PEERS, llhttp_end

FOLDER = pathlib.Path(__file__).parent
BATCH = 10_000
MODES = {b"GET": 0, b"HEAD": HEAD, b"GET+eof": EOF, b"HEAD+eof": HEAD | EOF, b"GET+cut": EOF | CUT, b"HEAD+cut": HEAD | EOF | CUT}


def compare_responses(path: str, count: int, seed: int) -> Report:
    """path: of the wire-probe. count: how many responses to make up."""
    report = Report("responses/differences.md", documented(FOLDER / "differences.md"))
    run_corpus(path, report)
    run_generated(path, report, count, seed)
    report.finish(count >= 200_000)
    return report


def receive(path: str, frames: list[tuple[int, bytes, int]]) -> list[Exchange]:
    reports = run(path, "responses", [(bytes([mode]) + data, cut) for mode, data, cut in frames])
    return [exchange(report) for report in reports]


def exchange(report: dict) -> Exchange:
    head = report["head"]
    return Exchange(
        interim=report["interim"],
        status=head.get("status", 0),
        version=f"1.{head['version']}" if head else "",
        fields=[(bytes.fromhex(name), bytes.fromhex(value)) for name, value in head.get("fields", [])],
        body=bytes.fromhex(report["body"]),
        keeps_alive=head.get("keepsAlive", False),
        end=report["end"],
        kind=report.get("kind", ""),
        reason=report.get("reason", ""),
        until_close=head.get("framing") == "untilClose",
        left=report["left"],
    )


def compare(report: Report, place: str, mode: int, data: bytes, cut: int, ours: Exchange):
    for name, parse in PEERS.items():
        peer = parse([data[:cut], data[cut:]], mode)
        if peer is None:
            continue
        our = ours
        if name == "llhttp" or mode & CUT:
            our = ours.without_close()
            if mode & CUT:
                peer = parse([data[:cut], data[cut:]], mode & HEAD)
        disagreement = first_disagreement(our, peer)
        if disagreement is None and name == "llhttp" and our.end == "complete" and not llhttp_end(data, len(data) - our.left):
            disagreement = Disagreement("extent", "llhttp sees the end elsewhere")
        if disagreement is None:
            continue
        found = differences.classify(name, data, disagreement, our, peer)
        if found is None:
            what = f"{name}: {disagreement.kind}, {disagreement.detail}"
            fail(what, f"{place}, cut at {cut}: ours {ours.verdict} {ours.reason}, {name} {peer.end} {peer.reason}", mode, data)
        else:
            report.classes[name, found] += 1


def run_corpus(path: str, report: Report):
    cases = corpus.cases(FOLDER / "corpus")
    for case in cases:
        request, _, data = case.data.partition(b" ")
        mode = MODES[request]
        cuts = [*range(len(data) + 1), BYTE_BY_BYTE]
        exchanges = receive(path, [(mode, data, cut) for cut in cuts])
        whole = exchanges[0]
        if whole.verdict != case.verdict:
            fail(f"{case.place} must be {case.verdict}, is {whole.verdict} {whole.reason}", data)
        for cut, other in zip(cuts, exchanges):
            if other != whole:
                fail(f"{case.place} has another verdict when cut", f"at {cut}: {other.verdict}", data)
            if cut != BYTE_BY_BYTE:
                compare(report, case.place, mode, data, cut, other)
    print(f"{len(cases)} responses written by hand, whole and cut at every offset")


def run_generated(path: str, report: Report, count: int, seed: int):
    grammar = ResponseGrammar(seed)
    chance = random.Random(seed)
    verdicts = collections.Counter()
    for start in range(0, count, BATCH):
        frames = [grammar.response() for _ in range(min(BATCH, count - start))]
        cuts = [chance.randrange(len(data) + 1) for _, data in frames]
        wholes = receive(path, [(mode, data, len(data)) for mode, data in frames])
        pieces = receive(path, [(mode, data, cut) for (mode, data), cut in zip(frames, cuts)])
        for offset, ((mode, data), cut, whole, cut_exchange) in enumerate(zip(frames, cuts, wholes, pieces)):
            place = f"seed {seed} number {start + offset}"
            verdicts["broken" if whole.end == "broken" else whole.verdict] += 1
            if cut_exchange != whole:
                fail("another verdict when cut", f"{place} at {cut}: {cut_exchange.verdict}", mode, data)
            compare(report, place, mode, data, len(data) if chance.random() < 0.5 else cut, whole)
    print(f"{count} responses made up from seed {seed}:", ", ".join(f"{n} {verdict}" for verdict, n in verdicts.most_common()))
