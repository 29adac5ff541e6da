#!/usr/bin/env python3
"""Shows what the slowest percent of requests at one connection spend their time with, in the gateway and in nginx.

One caller sends one request at a time while perf records which thread runs on either core. Each request's time is divided by what goes on
meanwhile. If several things do, the first of STATES counts.
"""

import argparse
import bisect
import collections
import importlib.util
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "Benchmarks/Peers"), str(ROOT / "Benchmarks/Instructions")]
import contestants  # noqa: E402
import run as peers  # noqa: E402

specification = importlib.util.spec_from_file_location("samples", ROOT / "Benchmarks/Samples/run.py")
samples = importlib.util.module_from_spec(specification)
specification.loader.exec_module(samples)

# Upstream and caller count from the moment that they are woken up, as a core that ends its idling does not always report what it runs next.
STATES = ["worker", "the proxy's other threads", "waking the worker", "upstream", "caller", "anything else", "nothing"]
# Many enough for a few samples of each request.
HERTZ = 9_999
EVENT = re.compile(r"\s*(\d+)\s+\[(\d+)\]\s+([\d.]+): +(?:sched:sched_switch: .* next_pid=(\d+)|"
                   r"sched:sched_waking: .* pid=(\d+) .*target_cpu=(\d+)|cpu-clock: +[0-9a-f]+ (.*) \((.*)\)$)")


def exchange(port, mode, seconds):
    """Sends one request at a time. Returns when each began and ended, in seconds of CLOCK_MONOTONIC."""
    coding = "Accept-Encoding: gzip\r\n" if mode == "gzip" else ""
    request = f"DELETE {peers.PATH} HTTP/1.1\r\nHost: x\r\nX-Zuora-Tenant: acme\r\n{coding}\r\n".encode()
    spans = []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        end = time.monotonic() + seconds
        while not spans or spans[-1][1] < end:
            began = time.monotonic()
            connection.sendall(request)
            response = b""
            while not is_complete(response):
                more = connection.recv(65536)
                if not more:
                    sys.exit("the connection was closed")
                response += more
            spans.append((began, time.monotonic()))
    return spans


def is_complete(response):
    head, separator, content = response.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
    return bool(separator) and (len(content) >= int(length[1]) if length else content.endswith(b"0\r\n\r\n"))


class Trace:
    """What ran when: the switches of each core, and samples of the proxy."""

    def __init__(self, process, upstream, folder, work):
        data = folder / "perf.data"
        perf = subprocess.Popen(
            ["taskset", "-c", str(peers.OTHER_CORE), "perf", "record", "-q", "-a", "-k", "CLOCK_MONOTONIC", "-m", "2048",
             "-e", "sched:sched_switch", "-e", "sched:sched_waking", "-e", "cpu-clock", "-F", str(HERTZ), "-o", data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)
        try:
            self.spans = work()
        finally:
            perf.send_signal(signal.SIGINT)
            perf.wait(60)
        threads = {int(name) for name in os.listdir(f"/proc/{process.pid}/task")}
        workers = {thread for thread in threads if len(threads) == 1 or command_name(process, thread).startswith("worker")}
        state = {thread: "the proxy's other threads" for thread in threads} | {thread: "worker" for thread in workers}
        state |= {upstream: "upstream", os.getpid(): "caller", 0: None}
        self.events = collections.defaultdict(list)
        self.found = []
        running = {}
        command = ["perf", "script", "-i", data, "-F", "tid,cpu,time,event,trace,ip,sym,dso"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as script:
            for line in script.stdout:
                if not (match := EVENT.match(line)):
                    continue
                thread, core, moment, following, woken, target, function, library = match.groups()
                if following or woken:
                    core, now = (core, state.get(int(following), "anything else")) if following else (target, state.get(int(woken)))
                    if woken and (running.get(core) or now not in ("worker", "upstream", "caller")):
                        continue
                    now = "waking the worker" if woken and now == "worker" else now
                    running[core] = now
                    self.events[core].append((float(moment), now))
                elif int(thread) in threads:
                    self.found.append((float(moment), samples.part(library), function))
        if not self.events:
            sys.exit("perf has no switches: may this user trace the scheduler?")

    def states(self, span):
        """Seconds of a request in each state."""
        began, ended = span
        running = {}
        events = []
        for core, switches in self.events.items():
            first = bisect.bisect_right(switches, began, key=lambda switch: switch[0])
            running[core] = switches[first - 1][1] if first else None
            last = bisect.bisect_left(switches, ended, lo=first, key=lambda switch: switch[0])
            events += [(moment, core, state) for moment, state in switches[first:last]]
        result = collections.Counter()
        for moment, core, state in [*sorted(events, key=lambda event: event[0]), (ended, None, None)]:
            result[next((name for name in STATES if name in running.values()), "nothing")] += moment - began
            began = moment
            if core is not None:
                running[core] = state
        return result

    def functions(self, spans):
        """Samples per request, by part and function."""
        moments = [moment for moment, _, _ in self.found]
        count = collections.Counter()
        for began, ended in spans:
            for _, library, function in self.found[bisect.bisect_left(moments, began):bisect.bisect_right(moments, ended)]:
                count[library, function] += 1
        return count


def command_name(process, thread):
    return pathlib.Path(f"/proc/{process.pid}/task/{thread}/comm").read_text()


def mean(trace, spans):
    sums = collections.Counter()
    for span in spans:
        sums.update(trace.states(span))
    return {state: sums[state] / len(spans) * 1e6 for state in STATES} | {"all": sum(sums.values()) / len(spans) * 1e6}


def report(title, traces, count):
    print(f"\n**{title}**, mean µs of a request by what ran meanwhile\n")
    groups = {}
    for name, trace in traces.items():
        order = sorted(trace.spans, key=lambda span: span[1] - span[0])
        groups[name, "typical"] = order[len(order) * 4 // 10:len(order) * 6 // 10]
        groups[name, "slowest"] = order[len(order) * 98 // 100:len(order) * 995 // 1000]
    print("| | " + " | ".join(f"{name}, {'40th to 60th percentile' if kind == 'typical' else '98th to 99.5th'}" for name, kind in groups) + " |")
    print("|---|" + "---:|" * len(groups))
    means = {key: mean(traces[key[0]], spans) for key, spans in groups.items()}
    for state in [*STATES, "all"]:
        print(f"| {state} | " + " | ".join(f"{values[state]:.1f}" for values in means.values()) + " |")
    for (name, kind), spans in groups.items():
        found = traces[name].functions(spans)
        names = sorted({function for _, function in found})
        text = dict(zip(names, samples.hotspots.Sources.demangled(names)))
        print(f"\n{name}, {kind}: " + ", ".join(
            f"{library} `{text[function]}` {number / len(spans) * 1e6 / HERTZ:.1f}" for (library, function), number in found.most_common(count)))
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=15, help="of each load")
    parser.add_argument("--functions", type=int, default=12, help="listed for each group of requests")
    parser.add_argument("--program", type=os.path.abspath, default=str(ROOT / ".build-shipped/release/zuora-gateway"))
    options = parser.parse_args()
    os.sched_setaffinity(0, {peers.OTHER_CORE})
    pair = {c.name: c for c in contestants.everybody(options.program) if c.name in ("zuora-gateway", "nginx")}
    print(peers.machine())
    with peers.running_upstream() as server:
        for mode, title in (("inflated", "Inflated for the caller"), ("gzip", "Gzip passed through")):
            traces = {}
            for name, contestant in pair.items():
                with peers.running_proxy(lambda place, c=contestant: c.prepare(place, mode == "inflated"), mode, server) as (process, place, _):
                    exchange(place.port, mode, 2)
                    traces[name] = Trace(process, server["process"], place.folder,
                                         lambda port=place.port: exchange(port, mode, options.seconds))
            report(title, traces, options.functions)


if __name__ == "__main__":
    main()
