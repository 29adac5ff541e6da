#!/usr/bin/env python3
"""Counts the instructions of nginx for the same requests, by library, to compare with the gateway's. nginx is configured as in
Benchmarks/Peers: it sets token and entity, calls the same TLS upstream on a kept connection, and inflates the response if that is the case.
It does not read the outcome of a cancel.
"""

import pathlib
import re
import shutil
import sys
import tempfile

import callgrind
import gateway

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Benchmarks/Peers"))
import contestants  # noqa: E402

FEW, MANY = 40, 240
CASES = "cancel over TLS, gzip inflated", "cancel over TLS, gzip passed on"


def nginx(program, case, folder, upstream, port, store):
    place = contestants.Place(folder, port, int(upstream.origin.rpartition(":")[2]), folder / "ca.pem")
    command = contestants.Nginx().prepare(place, "inflated" in case)
    path = folder / "nginx.conf"
    # The requests name no tenant.
    path.write_text(re.sub(r'map \$http_x_zuora_tenant (\S+) \{ default ""; acme', r"map $http_x_zuora_tenant \1 { default", path.read_text()))
    return command


def main():
    if not shutil.which("nginx") or not shutil.which("valgrind"):
        sys.exit("nginx and valgrind are needed")
    callgrind.PARTS[-1] = callgrind.PROGRAM, r"nginx$"
    for case in CASES:
        costs = []
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for count in (FEW, MANY):
                out = folder / "callgrind.out"
                gateway.serve(["valgrind", *callgrind.OPTIONS, f"--callgrind-out-file={out}"], "nginx", case, count, folder, nginx)
                costs.append(callgrind.Costs.read(out))
        parts = costs[1].per_request(costs[0], MANY - FEW).parts()
        figures = {part: round(sum(parts[part])) for part in (callgrind.PROGRAM, callgrind.OPENSSL, callgrind.GZIP, callgrind.OTHER)}
        print(f"nginx, {case}: " + ", ".join(f"{part} {figure:,}" for part, figure in figures.items()) + f", all {sum(figures.values()):,}")


if __name__ == "__main__":
    main()
