#!/usr/bin/env python3
"""Measures how long requests take without [fleet], with it, and while the store of the fleet dies: killed, so that connections to it are
refused, or suspended, so that it never replies. One caller sends cancels one after another; the store dies in the middle of a run. Tokens,
slots and rates are shared, and the gateway is the only member.

    Benchmarks/Fleet/run.sh [--seconds N] [--rounds N] [--program PATH]
"""

import argparse
import contextlib
import http.client
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Benchmarks/Instructions"))
import gateway  # noqa: E402

CASE = "cancel over TLS, gzip inflated"
# By name: whether there is a store, and the signal that it gets.
EVENTS = {
    "without [fleet]": (False, None),
    "with it": (True, None),
    "the store is killed": (True, signal.SIGKILL),
    "the store is suspended": (True, signal.SIGSTOP),
}


def configuration(folder, upstream, port, store):
    """As for the instructions, with the default time-out of the store, and a rate that is never reached."""
    text = gateway.configuration(folder, upstream, port, 1, store).replace('timeout = "5s"', "members = 1")
    return text.replace("fleet_concurrency = 36", "fleet_concurrency = 36\nfleet_rate = 5000")


def run(program, name, seconds):
    """The times of all requests in ms: those before the middle of the run, and those after it."""
    has_store, signal_of_death = EVENTS[name]
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ends:
        folder = pathlib.Path(folder)
        upstream = gateway.Upstream(folder, compresses=True, encrypts=True)
        ends.callback(upstream.close)
        store = gateway.Store(folder) if has_store else None
        if store:
            ends.callback(store.close)
        port = gateway.free_port()
        (folder / "proxy.conf").write_text(configuration(folder, upstream, port, store))
        log = folder / "log"
        with open(log, "wb") as errors:
            process = subprocess.Popen(
                [program, "run", "--config", folder / "proxy.conf"], stdout=subprocess.DEVNULL, stderr=errors)
        ends.callback(process.wait)
        ends.callback(process.terminate)
        gateway.connect(port, process, log).close()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        times = [[], []]
        # The lane of the slots is new: its first lease is over after 6 s.
        begin = time.monotonic() + (8 if store else 1)
        middle, end = begin + seconds / 2, begin + seconds
        is_dead = False
        while (sent := time.monotonic()) < end:
            if sent >= middle and not is_dead:
                is_dead = True
                if signal_of_death:
                    store.process.send_signal(signal_of_death)
            connection.request("DELETE", gateway.PATH)
            response = connection.getresponse()
            if response.status != 200 or response.read() != gateway.JOB:
                sys.exit(f"{name}: a request failed with {response.status}")
            if sent >= begin:
                times[is_dead].append((time.monotonic() - sent) * 1000)
        return times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--program", default=ROOT / ".build-shipped/release/zuora-gateway")
    options = parser.parse_args()
    rounds = {name: [] for name in EVENTS}
    for number in range(options.rounds):
        for name in EVENTS:
            rounds[name].append(run(options.program, name, options.seconds))
            print(f"round {number + 1}: {name}", file=sys.stderr)
    print(f"{'':26}{'p50 ms':>9}{'longest ms':>12}{'p50 after':>11}{'longest after':>15}{'above 20 ms':>13}")
    for name, results in rounds.items():
        before, after = ([one[half] for one in results] for half in (0, 1))
        slow = max(sum(time > 20 for time in times) for times in after)
        print(f"{name:26}{statistics.median(map(statistics.median, before)):9.2f}{max(map(max, before)):12.1f}"
              f"{statistics.median(map(statistics.median, after)):11.2f}{max(map(max, after)):15.1f}{slow:13}")


if __name__ == "__main__":
    main()
