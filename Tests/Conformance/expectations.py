"""What a suite expects, printed line by line."""

import sys

FAILURES: list[str] = []


def expect(what: str, found, wanted=True):
    if found == wanted:
        print(f"ok      {what}")
    else:
        FAILURES.append(what)
        print(f"FAILED  {what}: {found!r}, not {wanted!r}", file=sys.stderr)
