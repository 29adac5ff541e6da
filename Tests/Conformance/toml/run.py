"""Compares the parser of proxy.conf with Python's tomllib: every handwritten text and each of its prefixes, then generated ones.

Fails if a handwritten text does not get its expected verdict, or if the gateway accepts, rejects or interprets a text differently than
tomllib, except for what proxy.conf forbids on purpose (reading.py).
"""

import argparse
import collections
import pathlib
import sys
import time

import corpus
import processes
from expectations import fail, finish
from grammar import Grammar
from probe import Probe, Refused
from reading import expected

BATCH = 10_000


def compare(place: str, text: bytes, ours, theirs):
    if isinstance(ours, Refused) and isinstance(theirs, Refused):
        return
    if isinstance(ours, Refused):
        fail(f"{place}: tomllib reads it, the gateway does not: {ours.reason}", text[:500])
    elif isinstance(theirs, Refused):
        fail(f"{place}: the gateway reads it, and must not: {theirs.reason}", text[:500])
    elif ours != theirs:
        fail(f"{place}: read differently", text[:500], ours, theirs)


def verdict(theirs) -> str:
    if not isinstance(theirs, Refused):
        return "ok"
    return "ours" if theirs.reason.startswith("proxy.conf forbids") else "bad"


def run_corpus(probe: Probe):
    cases = corpus.cases(pathlib.Path(__file__).parent / "corpus")
    for case, ours in zip(cases, probe.run([case.data for case in cases])):
        theirs = expected(case.data)
        if verdict(theirs) != case.verdict:
            fail(f"{case.place} must be {case.verdict}, is {verdict(theirs)} to tomllib", case.data)
        compare(case.place, case.data, ours, theirs)
    print(f"{len(cases)} texts written by hand:", counted(case.verdict for case in cases))
    # Those that are short are cut at each offset, too.
    cut = [(case, case.data[:end]) for case in cases if len(case.data) < 200 for end in range(len(case.data))]
    for (case, text), ours in zip(cut, probe.run([text for _, text in cut])):
        compare(f"{case.place}, the first {len(text)} bytes", text, ours, expected(text))
    print(f"{len(cut)} beginnings of them")


def run_generated(probe: Probe, count: int, seed: int):
    grammar = Grammar(seed)
    verdicts = collections.Counter()
    for start in range(0, count, BATCH):
        texts = [grammar.text() for _ in range(min(BATCH, count - start))]
        for offset, (text, ours) in enumerate(zip(texts, probe.run(texts))):
            theirs = expected(text)
            verdicts[verdict(theirs)] += 1
            compare(f"seed {seed} number {start + offset}", text, ours, theirs)
    print(f"{count} made up from seed {seed}:", counted(verdicts.elements()))


def counted(verdicts) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(collections.Counter(verdicts).items()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=100_000, help="how many texts to make up")
    parser.add_argument("--seed", type=int, default=1, help="what to make them up from")
    parser.add_argument("--probe", help="a wire-probe that is built already")
    arguments = parser.parse_args()

    started = time.monotonic()
    probe = Probe(arguments.probe or processes.build("wire-probe"))
    run_corpus(probe)
    run_generated(probe, arguments.texts, arguments.seed)
    return finish(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
