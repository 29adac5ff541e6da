"""Compares Wire with llhttp and h11: every request written by hand, whole and cut at every offset, then made-up ones.

Fails if a request written by hand does not get the verdict it must get, if a cut changes ours, or if two parsers disagree in
a way that differences.md does not explain.
"""

import argparse
import collections
import random
import sys
import time

import corpus
import differences
from compare import first_disagreement
from grammar import Grammar
from peers import PEERS
from probe import BYTE_BY_BYTE, Probe, build

BATCH = 10_000


class Report:
    def __init__(self):
        self.failures = 0
        self.classes = collections.Counter()
        self.shown = set()

    def fail(self, what: str, *parts):
        """Counts a failure, and shows it if it is among the first of its kind."""
        self.failures += 1
        if len(self.shown) < 100 and what not in self.shown:
            self.shown.add(what)
            print("FAILED:", what, *parts, file=sys.stderr)

    def compare(self, place, data: bytes, cut: int, ours):
        for name, parse in PEERS.items():
            peer = parse([data[:cut], data[cut:]])
            disagreement = first_disagreement(ours, peer)
            if disagreement is None:
                continue
            found = differences.classify(name, data, disagreement, ours, peer)
            if found is None:
                what = f"{name}: {disagreement.kind}, {disagreement.detail}"
                self.fail(what, f"{place}, cut at {cut}: ours {ours.verdict}, {name} {peer.end} {peer.reason}", data)
            else:
                self.classes[name, found] += 1


def run_corpus(probe: Probe, report: Report):
    cases = corpus.cases()
    for case in cases:
        cuts = [*range(len(case.data) + 1), BYTE_BY_BYTE]
        sessions = probe.run([(case.data, cut) for cut in cuts])
        whole = sessions[0]
        if whole.verdict != case.verdict:
            report.fail(f"{case.place} must be {case.verdict}, is {whole.verdict} {whole.reason}", case.data)
        for cut, session in zip(cuts, sessions):
            if session != whole:
                report.fail(f"{case.place} has another verdict when cut", f"at {cut}: {session.verdict}", case.data)
            if cut != BYTE_BY_BYTE:
                report.compare(case.place, case.data, cut, session)
    print(f"{len(cases)} requests written by hand, whole and cut at every offset")


def run_generated(probe: Probe, report: Report, count: int, seed: int):
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
                report.fail("another verdict when cut", f"{place} at {cut}: {cut_session.verdict}", data)
            report.compare(place, data, len(data) if chance.random() < 0.5 else cut, whole)
    print(f"{count} made up from seed {seed}:", ", ".join(f"{n} {verdict}" for verdict, n in verdicts.most_common()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200_000, help="how many connections to make up")
    parser.add_argument("--seed", type=int, default=1, help="what to make them up from")
    parser.add_argument("--probe", help="a wire-probe that is built already")
    arguments = parser.parse_args()

    started = time.monotonic()
    probe = Probe(arguments.probe or build())
    report = Report()
    run_corpus(probe, report)
    run_generated(probe, report, arguments.requests, arguments.seed)

    documented = differences.documented()
    for pair, count in sorted(report.classes.items()):
        if pair not in documented:
            report.fail(f"{count} disagreements with {pair[0]} are not in differences.md: {pair[1]}")
    if arguments.requests >= 200_000:
        for peer, name in sorted(documented - set(report.classes)):
            report.fail(f"differences.md speaks of a disagreement with {peer} that does not occur: {name}")
    print(f"{sum(report.classes.values())} disagreements in {len(report.classes)} documented classes")
    print(f"{report.failures} failures, {time.monotonic() - started:.0f} s")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
