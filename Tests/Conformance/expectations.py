"""What a suite expects, what it leaves out because a tool is missing, and the exit code that follows."""

import os
import sys

# The variable is for `make conformance STRICT=1`: not every suite has arguments.
STRICT = "--strict" in sys.argv or os.environ.get("CONFORMANCE_STRICT") == "1"
FAILURES: list[str] = []
MISSING: list[str] = []
# Different failures that are printed in full; the others are only counted.
SHOWN = 100

_shown: set[str] = set()
_checks = 0


def fail(what: str, *details):
    """Counts a failure, and prints it if it is the first of its kind."""
    FAILURES.append(what)
    if what not in _shown and len(_shown) < SHOWN:
        _shown.add(what)
        print("FAILED ", f"{what}:" if details else what, *details, flush=True)


def check(what: str, holds, *details) -> bool:
    """An expectation that is printed only if it fails, for suites with many of them."""
    global _checks
    _checks += 1
    if not holds:
        fail(what, *details)
    return bool(holds)


def expect(what: str, found, wanted=True) -> bool:
    """An expectation that is printed in either case."""
    holds = check(what, found == wanted, f"{found!r}, not {wanted!r}")
    if holds:
        print(f"ok      {what}", flush=True)
    return holds


def leave_out(what: str, tools: list[str]):
    """Reports a part that cannot run here. With --strict that is a failure."""
    MISSING.append(what)
    print(f"LEFT OUT {what}: {', '.join(tools)} is not installed", flush=True)


def finish(summary: str = "") -> int:
    """Prints the result, and returns the suite's exit code."""
    if MISSING:
        print(f"left out, not tried: {', '.join(MISSING)}{'' if STRICT else ' (--strict makes that a failure)'}")
    counts = ([f"{_checks} checks"] if _checks else []) + [f"{len(FAILURES)} failures"]
    print(", ".join(counts) + (f"; {summary}" if summary else ""))
    return 1 if FAILURES or (MISSING and STRICT) else 0
