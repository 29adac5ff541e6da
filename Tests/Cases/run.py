#!/usr/bin/env python3
"""Runs all cases, or the given ones, each with a time limit of 60 s, and shows the last lines of each that fails.

    Tests/Cases/run.py [--program PATH] [CASE...]
"""

import argparse
import os
import pathlib
import signal
import subprocess
import sys
import time

LIMIT = 60
# How long a case that exceeds it may take to end its gateway, before both are killed.
GRACE = 15
LAST_LINES = 15
folder = pathlib.Path(__file__).resolve().parent
CASES = sorted(path.stem for path in folder.glob("*.py") if path.name not in ("run.py", "support.py"))


def run(case, program):
    """Returns why the case failed, or None, and what it printed."""
    # A separate session, so that everything the case has started can be ended with it.
    process = subprocess.Popen(
        [sys.executable, "-B", folder / f"{case}.py", program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", start_new_session=True)
    try:
        output, _ = process.communicate(timeout=LIMIT)
        return f"exit code {process.returncode}" if process.returncode != 0 else None, output
    except subprocess.TimeoutExpired:
        return f"still running after {LIMIT} s", end(process)
    except BaseException:
        end(process)
        raise


def end(process):
    process.terminate()
    try:
        return process.communicate(timeout=GRACE)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=".build-shipped/release/zuora-gateway")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - set(CASES):
        parser.error(f"unknown cases: {', '.join(sorted(unknown))}")
    program = os.path.abspath(arguments.program)
    if not os.access(program, os.X_OK):
        sys.exit(f"cases: there is no program {program}")
    names = arguments.cases or CASES
    failed = 0
    for name in names:
        begin = time.monotonic()
        failure, output = run(name, program)
        took = f"{time.monotonic() - begin:.1f} s"
        print(f"FAILED  {name} ({took}): {failure}" if failure else f"ok      {name} ({took})", flush=True)
        if failure:
            failed += 1
            for line in output.splitlines()[-LAST_LINES:]:
                print(f"        {line}", flush=True)
    print(f"cases: {len(names) - failed} of {len(names)} passed")
    return 1 if failed else 0


sys.exit(main())
