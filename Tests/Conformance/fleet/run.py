"""Compares what the fleet sends to its store with real stores.

The reply parser is compared with hiredis. On each installed server, replies of every kind are parsed, and the scripts are compared with their
model: the same random calls must have the same replies. Fails at the first server with a difference, or if there is no server.
"""

import argparse
import subprocess
import sys
import time

import processes
import replies
import stores
from expectations import check, finish


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=200_000, help="how many random operations a server gets")
    parser.add_argument("--replies", type=int, default=200_000, help="how many connections to make up for hiredis")
    parser.add_argument("--seed", type=int, default=1, help="what to make them up from")
    parser.add_argument("--probe", help="a fleet-probe that is built already")
    arguments = parser.parse_args()

    probe = arguments.probe or processes.build("fleet-probe")
    replies.run(probe, arguments.replies, arguments.seed)
    found = stores.installed()
    if not found:
        raise SystemExit("no server to compare with: apt-get install redis-server")
    for name, program in found.items():
        started = time.monotonic()
        print(f"{name} {stores.version(program)}", flush=True)
        with stores.running(program) as port:
            for command in (["replies", str(port)], ["compare", str(port), str(arguments.operations), str(arguments.seed)]):
                done = subprocess.run([probe, *command], timeout=600)
                check(f"{name}: fleet-probe {command[0]}", done.returncode == 0, f"exit code {done.returncode}")
        print(f"{time.monotonic() - started:.0f} s", flush=True)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
