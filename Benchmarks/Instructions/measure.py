#!/usr/bin/env python3
"""Counts instructions, allocations and system calls per request, and compares them with a budget.

A gateway under callgrind serves the same request on one connection, FEW times in one run and MANY times in another. The difference,
divided by the difference in requests, is the cost of one request without startup and shutdown. Unlike time, it hardly depends on the
machine, but it does depend on the versions of the C libraries.

Instructions are split by library. Those of the C library count for the library that called it, and the Swift runtime is part of the
program. System calls are counted with strace. budget.json holds the last accepted figures, which may be exceeded by a few percent, and
limits, which may not. A case without figures fails.

    run.sh                                                  compares all cases with the budget
    run.sh --profile "cancel over TLS, gzip inflated"       prints where the cost of one case is spent
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import callgrind
import gateway
import hotspots
import systemcalls

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUDGET = HERE / "budget.json"
FEW, MANY = 40, 240
FAILS_ABOVE, SHOWN_FROM = 0.05, 0.03
# Timers between requests add a little, depending on the pace of requests. They are not included in system calls.
SLACK = {"allocations": 0.6, "system calls": 0}
SLACK_OF_INSTRUCTIONS = 100
PARTS = callgrind.PROGRAM, callgrind.CURL, callgrind.OPENSSL, callgrind.GZIP


def counted(program, case, count, folder, keep):
    """The counts of callgrind for a run with a number of requests."""
    out = folder / "callgrind.out"
    gateway.serve(["valgrind", *callgrind.OPTIONS, f"--callgrind-out-file={out}"], program, case, count, folder)
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        shutil.copy(out, keep / re.sub(r"\W+", "-", f"{case}-{count}"))
    return callgrind.Costs.read(out)


def traced(program, case, folder):
    """The system calls of a request, and the names of all that occurred between requests."""
    out = folder / "strace.out"
    gateway.serve([*systemcalls.COMMAND, "-o", out], program, case, FEW, folder)
    return systemcalls.per_request(out, gateway.CASES[case][0], FEW)


def without_debug_information(program, folder):
    """valgrind cannot read all of the debug information that Swift writes. The names of functions stay."""
    copy = folder / "zuora-gateway"
    subprocess.run(["objcopy", "--strip-debug", program, copy], check=True)
    return copy


class Judge:
    """Prints the measured costs, and collects those above the budget or a limit."""

    def __init__(self, budget):
        self.cases, self.limits, self.unwanted = budget["cases"], budget["limits"], set(budget["unwanted system calls"])
        self.above_budget, self.above_limit = [], []

    def cost(self, case, kind, cost):
        allowed, limit = self.cases.get(case, {}).get(kind), self.limits.get(kind)
        change = cost / allowed - 1 if allowed else 0
        is_more = allowed is not None and cost - allowed > SLACK.get(kind, SLACK_OF_INSTRUCTIONS)
        verdict = "NO BUDGET" if allowed is None else "ok"
        if allowed is None:
            self.above_budget.append(f"{case}: {kind} {cost:,}, which has no budget")
        elif is_more and (change > FAILS_ABOVE or not allowed):
            verdict = "TOO MUCH"
            self.above_budget.append(f"{case}: {kind} {cost:,}, {change:.1%} above the budget of {allowed:,}")
        elif is_more and change >= SHOWN_FROM:
            verdict = "look at this"
        if limit is not None and cost > limit:
            verdict = "ABOVE THE LIMIT"
            self.above_limit.append(f"{case}: {kind} {cost:,}, above the limit of {limit:,}")
        print(f"    {kind:14}{cost:9,}{change:+8.1%}  {verdict}", flush=True)

    def system_calls(self, case, usual, all_names):
        self.cost(case, "system calls", sum(usual.values()))
        print("    " + ", ".join(f"{name} {count}" for name, count in sorted(usual.items())), flush=True)
        if unwanted := sorted(self.unwanted & all_names):
            self.above_limit.append(f"{case}: requests on kept connections call {' and '.join(unwanted)}")


def print_table(measured):
    kinds = list(dict.fromkeys(kind for costs in measured.values() for kind in costs))
    print(f"\n{'per request':46}" + "".join(f"{kind:>14}" for kind in kinds))
    for case, costs in measured.items():
        print(f"{case:46}" + "".join(f"{costs.get(kind, '-'):>14,}" for kind in kinds))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=ROOT / ".build-shipped/release/zuora-gateway")
    parser.add_argument("--only", help="cases whose name contains this")
    parser.add_argument("--set-budget", action="store_true", help="write the measured costs to budget.json")
    parser.add_argument("--profile", metavar="CASE", help="print a profile of one case instead")
    parser.add_argument("--keep", type=pathlib.Path, help="folder for callgrind's output, for callgrind_annotate")
    options = parser.parse_args()
    if options.profile and options.profile not in gateway.CASES:
        parser.error(f"no such case; there are: {'; '.join(gateway.CASES)}")
    budget = json.loads(BUDGET.read_text())
    measured, verdict = {}, Judge(budget)
    not_traced = systemcalls.why_not()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        program = without_debug_information(options.program, folder)

        def per_request(case):
            few, many = (counted(program, case, count, folder, options.keep) for count in (FEW, MANY))
            return many.per_request(few, MANY - FEW)

        if options.profile:
            hotspots.report(options.profile, per_request(options.profile), options.program)
            return
        for case in gateway.CASES:
            if options.only and options.only not in case:
                continue
            costs = per_request(case)
            parts = costs.parts()
            measured[case] = {part: round(sum(parts[part])) for part in PARTS} | {
                "instructions": round(costs.instructions), "allocations": round(costs.allocations, 1)}
            print(case)
            for kind, cost in measured[case].items():
                verdict.cost(case, kind, cost)
            if not not_traced:
                usual, all_names = traced(program, case, folder)
                measured[case]["system calls"] = sum(usual.values())
                verdict.system_calls(case, usual, all_names)
    if not measured:
        sys.exit(f"no such case; there are: {'; '.join(gateway.CASES)}")
    print_table(measured)
    if not_traced:
        print(f"NOT CHECKED: system calls: {not_traced}", file=sys.stderr)
    if options.set_budget:
        for case, costs in measured.items():
            budget["cases"][case] = budget["cases"].get(case, {}) | costs
        BUDGET.write_text(json.dumps(budget, indent=4) + "\n")
    failures = verdict.above_limit + ([] if options.set_budget else verdict.above_budget)
    if failures:
        sys.exit("\n" + "\n".join(failures) + f"\nTo find the cause, use --profile CASE. To accept more than {FAILS_ABOVE:.0%} above the "
                 "budget, or a case without one, use --set-budget. Limits always apply.")


if __name__ == "__main__":
    main()
