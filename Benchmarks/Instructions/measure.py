#!/usr/bin/env python3
"""Counts the instructions and the allocations that a request costs the gateway, and compares them with a budget.

A gateway under callgrind serves a fixed script of keep-alive requests, once MANY times and once FEW: the difference, divided by
the difference in requests, is what one request costs, without start and end. Unlike time, it hardly depends on the machine, though
it does on the versions of the C libraries.

The instructions are split by library; what the C library does is counted for the library that called it. The program includes the
Swift runtime. budget.json holds what was reached, of which a little more is allowed, and limits that are never to be passed.

    run.sh                                                  all cases, against the budget
    run.sh --profile "cancel over TLS, gzip inflated"       where that case's instructions and allocations go
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

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUDGET = HERE / "budget.json"
FEW, MANY = 40, 240
FAILS_ABOVE, SHOWN_FROM = 0.05, 0.03
# What a part of few instructions may differ by from run to run.
SLACK = 100
PARTS = callgrind.PROGRAM, callgrind.CURL, callgrind.OPENSSL, callgrind.GZIP


def counted(program, case, count, folder, keep):
    """What callgrind counted in a run with so many requests."""
    out = folder / "callgrind.out"
    gateway.serve(["valgrind", *callgrind.OPTIONS, f"--callgrind-out-file={out}"], program, case, count, folder)
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        shutil.copy(out, keep / re.sub(r"\W+", "-", f"{case}-{count}"))
    return callgrind.Costs.read(out)


def without_debug_information(program, folder):
    """valgrind does not read all of Swift's; the names of functions stay."""
    copy = folder / "zuora-gateway"
    subprocess.run(["objcopy", "--strip-debug", program, copy], check=True)
    return copy


def judge(kind, cost, allowed, limit):
    """Prints a line; returns whether it is too much."""
    change = cost / allowed - 1 if allowed else 0
    excess = cost - (allowed or 0)
    # Of allocations, one more counts.
    is_more = excess > (0 if kind == "allocations" else SLACK)
    above = bool(allowed) and is_more and change > FAILS_ABOVE
    verdict = ("no budget" if allowed is None else "TOO MUCH" if above else "look at this" if is_more and change >= SHOWN_FROM else "ok")
    beyond = limit is not None and cost > limit
    print(f"    {kind:14}{cost:9,}{change:+8.1%}  {f'ABOVE THE LIMIT of {limit:,}' if beyond else verdict}", flush=True)
    return above or beyond


def print_table(measured):
    kinds = list(next(iter(measured.values())))
    print(f"\n{'a request':32}" + "".join(f"{kind:>14}" for kind in kinds))
    for case, costs in measured.items():
        print(f"{case:32}" + "".join(f"{costs.get(kind, '-'):>14,}" for kind in kinds))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=ROOT / ".build-shipped/release/zuora-gateway")
    parser.add_argument("--only", help="cases whose name contains this")
    parser.add_argument("--set-budget", action="store_true", help="write what is measured to budget.json")
    parser.add_argument("--profile", metavar="CASE", help="print where the instructions and allocations of one case go instead")
    parser.add_argument("--keep", type=pathlib.Path, help="folder for callgrind's output, for callgrind_annotate")
    options = parser.parse_args()
    if options.profile and options.profile not in gateway.CASES:
        parser.error(f"no such case; there are: {'; '.join(gateway.CASES)}")
    budget = json.loads(BUDGET.read_text())
    measured, failed = {}, False
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
                "instructions": round(costs.instructions), "allocations": round(costs.allocations)}
            print(case)
            for kind, cost in measured[case].items():
                failed |= judge(kind, cost, budget["cases"].get(case, {}).get(kind), budget["limits"].get(kind))
    if not measured:
        sys.exit(f"no such case; there are: {'; '.join(gateway.CASES)}")
    print_table(measured)
    if options.set_budget:
        budget["cases"] |= measured
        BUDGET.write_text(json.dumps(budget, indent=4) + "\n")
    elif failed:
        sys.exit(f"above a limit, or more than {FAILS_ABOVE:.0%} above the budget: find out why (--profile CASE), or set a new budget with "
                 "--set-budget")


if __name__ == "__main__":
    main()
