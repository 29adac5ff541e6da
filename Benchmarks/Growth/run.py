#!/usr/bin/env python3
"""Measures the cost of a request with 10 to 10,000 tenants and with 64 to 5,000 connections.

Upstream and load are the same as in Benchmarks/Peers. All tenants share one upstream and one credential, like the tenants of one company;
the load uses the last one. The cases alternate in rounds, and the table has their medians.
"""

import argparse
import os
import pathlib
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Benchmarks/Peers"))
import contestants  # noqa: E402
import run as peers  # noqa: E402

CASES = [(10, 64), (1_000, 64), (10_000, 64), (10, 1_000), (10, 5_000)]


def configuration(place, tenants):
    """As in Benchmarks/Peers, with other tenants before the one that the load names."""
    contestants.Ours("").prepare(place, True)
    path = place.folder / "proxy.conf"
    text = path.read_text()
    before, _, acme = text.partition("[tenants.acme]")
    more = "".join(f"[tenants.tenant-{n}]{acme.replace('tenants.acme', f'tenants.tenant-{n}')}\n" for n in range(tenants - 1))
    # Upstream there are never more connections than with few callers: the others wait their turn.
    acme = acme.replace("concurrency = 100", "concurrency = 100\nqueue = 10000")
    path.write_text(f"{before}{more}[tenants.acme]{acme}")
    return path


def measure(program, tenants, connections, server, seconds):
    def prepare(place):
        return [program, "run", "--config", configuration(place, tenants)]

    with peers.running_proxy(prepare, "inflated", server) as (process, place, start):
        peers.load(place.port, "inflated", connections, 2)
        before = peers.processor_time(process)
        requests, duration, p50, p99 = peers.load(place.port, "inflated", connections, seconds)
        cpu = (peers.processor_time(process) - before) / requests
        return {"cpu": cpu, "rate": requests * 1e6 / duration, "start": start, "rss": peers.resident(process) / 1e6,
                "p50": p50, "p99": p99}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--program", type=os.path.abspath, default=str(ROOT / ".build-shipped/release/zuora-gateway"))
    options = parser.parse_args()
    peers.lift_descriptor_limit()
    results = {case: [] for case in CASES}
    with peers.running_upstream() as server:
        for round_ in range(options.rounds):
            for case in CASES:
                result = measure(options.program, *case, server, options.seconds)
                results[case].append(result)
                print(f"round {round_ + 1}, {case[0]:,} tenants, {case[1]:,} connections: "
                      + ", ".join(f"{key} {value:.1f}" for key, value in result.items()), flush=True)
    print(f"\n{peers.machine()}\n\n| tenants | connections | CPU µs/request | | requests/s | p50 ms | start ms | RSS MB |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|")
    least = None
    for (tenants, connections), rounds in results.items():
        value = {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
        least = least or value["cpu"]
        print(f"| {tenants:,} | {connections:,} | {value['cpu']:.1f} | {value['cpu'] / least:.2f} x | {value['rate']:,.0f} | "
              f"{value['p50'] / 1000:.1f} | {value['start']:.0f} | {value['rss']:.0f} |")


if __name__ == "__main__":
    main()
