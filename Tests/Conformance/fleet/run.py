"""Compares what the fleet sends to its store with real servers.

The reply parser is compared with hiredis. On each installed server, replies of every kind are parsed, and the scripts are compared with their
model: the same random calls must have the same replies. Fails at the first server with a difference, or if there is no server.
"""

import argparse
import subprocess
import sys
import time

import replies
import servers


def build() -> str:
    """Builds the probe and returns its path."""
    command = ["swift", "build", "-c", "release", "--product", "fleet-probe"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    path = subprocess.run([*command, "--show-bin-path"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return path.strip() + "/fleet-probe"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=200_000, help="how many random operations a server gets")
    parser.add_argument("--replies", type=int, default=200_000, help="how many connections to make up for hiredis")
    parser.add_argument("--seed", type=int, default=1, help="what to make them up from")
    parser.add_argument("--probe", help="a fleet-probe that is built already")
    arguments = parser.parse_args()

    probe = arguments.probe or build()
    failures = replies.run(probe, arguments.replies, arguments.seed)
    found = servers.programs()
    if not found:
        raise SystemExit("no server to compare with: apt-get install redis-server")
    for name, program in found.items():
        started = time.monotonic()
        print(f"{name} {servers.version(program)}", flush=True)
        with servers.running(program) as port:
            for command in (["replies", str(port)], ["compare", str(port), str(arguments.operations), str(arguments.seed)]):
                failures += subprocess.run([probe, *command], timeout=600).returncode != 0
        print(f"{time.monotonic() - started:.0f} s", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
