"""Compares Wire with llhttp and h11: every handwritten request and response, complete and split at every offset, then generated ones.

Fails if a handwritten one does not get its expected verdict, if splitting changes Wire's result, or if two parsers disagree in a way that
differences.md (responses/differences.md) does not explain.
"""

import argparse
import collections
import pathlib
import random
import sys
import time

import corpus
import differences
import processes
from compare import first_disagreement
from expectations import fail, finish
from grammar import Grammar
from peers import PEERS
from probe import BYTE_BY_BYTE, Probe
from report import Report
from responses.suite import compare_responses

BATCH = 10_000


class Requests(Report):
    def compare(self, place, data: bytes, cut: int, ours):
        for name, parse in PEERS.items():
            peer = parse([data[:cut], data[cut:]])
            disagreement = first_disagreement(ours, peer)
            if disagreement is None:
                continue
            found = differences.classify(name, data, disagreement, ours, peer)
            if found is None:
                what = f"{name}: {disagreement.kind}, {disagreement.detail}"
                fail(what, f"{place}, cut at {cut}: ours {ours.verdict}, {name} {peer.end} {peer.reason}", data)
            else:
                self.classes[name, found] += 1


def run_corpus(probe: Probe, report: Requests):
    cases = corpus.cases(pathlib.Path(__file__).parent / "corpus")
    for case in cases:
        cuts = [*range(len(case.data) + 1), BYTE_BY_BYTE]
        sessions = probe.run([(case.data, cut) for cut in cuts])
        whole = sessions[0]
        if whole.verdict != case.verdict:
            fail(f"{case.place} must be {case.verdict}, is {whole.verdict} {whole.reason}", case.data)
        for cut, session in zip(cuts, sessions):
            if session != whole:
                fail(f"{case.place} has another verdict when cut", f"at {cut}: {session.verdict}", case.data)
            if cut != BYTE_BY_BYTE:
                report.compare(case.place, case.data, cut, session)
    print(f"{len(cases)} requests written by hand, whole and cut at every offset")


def run_generated(probe: Probe, report: Requests, count: int, seed: int):
    grammar = Grammar(seed)
    chance = random.Random(seed)
    verdicts = collections.Counter()
    for start in range(0, count, BATCH):
        datas = [grammar.connection() for _ in range(min(BATCH, count - start))]
        cuts = [chance.randrange(len(data) + 1) for data in datas]
        wholes = probe.run([(data, len(data)) for data in datas])
        pieces = probe.run(list(zip(datas, cuts)))
        for offset, (data, cut, whole, cut_session) in enumerate(zip(datas, cuts, wholes, pieces)):
            place = f"seed {seed} number {start + offset}"
            verdicts["accepted" if whole.requests else "refused" if whole.end == "refused" else "incomplete"] += 1
            if cut_session != whole:
                fail("another verdict when cut", f"{place} at {cut}: {cut_session.verdict}", data)
            report.compare(place, data, len(data) if chance.random() < 0.5 else cut, whole)
    print(f"{count} made up from seed {seed}:", ", ".join(f"{n} {verdict}" for verdict, n in verdicts.most_common()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200_000, help="how many connections to make up")
    parser.add_argument("--responses", type=int, default=200_000, help="how many responses to make up")
    parser.add_argument("--seed", type=int, default=1, help="what to make them up from")
    parser.add_argument("--probe", help="a wire-probe that is built already")
    arguments = parser.parse_args()

    started = time.monotonic()
    path = arguments.probe or processes.build("wire-probe")
    probe = Probe(path)
    requests = Requests("differences.md", differences.documented())
    run_corpus(probe, requests)
    run_generated(probe, requests, arguments.requests, arguments.seed)
    requests.finish(arguments.requests >= 200_000)
    compare_responses(path, arguments.responses, arguments.seed)
    return finish(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
