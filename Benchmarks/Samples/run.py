#!/usr/bin/env python3
"""Shows in which functions the gateway and nginx spend the CPU time of a request, kernel included, by sampling with perf.

The cases are those of Benchmarks/Peers with 64 connections, of Benchmarks/Growth with 5,000, and the plain download of Benchmarks/Bodies.
A part's time is its share of the samples, of the CPU time of a request (of a MiB) that was measured meanwhile.

It also shows which functions have used memory first, of what is resident after the first response and after a load: each of their page
faults makes one page resident, and of a file those around it, too.
"""

import argparse
import collections
import importlib.util
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "Benchmarks/Peers"), str(ROOT / "Benchmarks/Instructions")]
import contestants  # noqa: E402
import hotspots  # noqa: E402
import run as peers  # noqa: E402


def suite(name):
    """The module of another benchmark: they all have the same name."""
    spec = importlib.util.spec_from_file_location(name.lower(), ROOT / "Benchmarks" / name / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


growth = suite("Growth")
bodies = suite("Bodies")

PARTS = [("kernel", r"\[kernel|\[vdso"), ("OpenSSL", r"lib(ssl|crypto)[.-]"), ("gzip", r"lib(z|deflate)[.-]"),
         ("C library", r"lib(c|m|pthread)[.-]|ld-linux"), ("program", r"zuora-gateway|nginx")]
# Few enough that sampling itself costs nearly nothing.
HERTZ = 999


def part(library):
    return next((name for name, pattern in PARTS if re.search(pattern, library.rsplit("/", 1)[-1])), "other")


class Profile:
    """Samples by part and function, and the CPU microseconds they are divided by."""

    def __init__(self, samples, microseconds):
        self.samples = samples
        self.microseconds = microseconds
        self.total = max(1, sum(samples.values()))

    def time(self, part):
        return self.microseconds * sum(count for (of, _), count in self.samples.items() if of == part) / self.total

    def functions(self, part, count):
        found = [(re.sub(r"@@?GLIBC.*|\.(isra|constprop|part)\.\d+", "", name), number)
                 for (of, name), number in self.samples.items() if of == part and not name.startswith("[")]
        found.sort(key=lambda pair: -pair[1])
        return [(name, self.microseconds * number / self.total) for name, number in found[:count]]


def sampled(process, folder, work):
    """Samples `process` during `work`, which returns the number of requests, or of MiB."""
    data = folder / "perf.data"
    perf = subprocess.Popen(["taskset", "-c", str(peers.OTHER_CORE), "perf", "record", "-q", "-e", "cpu-clock", "-F", str(HERTZ), "-o", data,
                             "-p", str(process.pid)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    before = peers.processor_time(process)
    count = work()
    used = peers.processor_time(process) - before
    perf.send_signal(signal.SIGINT)
    perf.wait(30)
    lines = subprocess.run(["perf", "script", "-i", data, "-F", "ip,sym,dso"], capture_output=True, text=True, check=True).stdout.splitlines()
    samples = collections.Counter()
    for line in lines:
        if match := re.match(r"\s*[0-9a-f]+ (.*) \((.*)\)$", line):
            samples[part(match[2]), match[1]] += 1
    if not samples:
        sys.exit("perf has no samples: is kernel.perf_event_paranoid above 1?")
    names = sorted({name for _, name in samples})
    texts = dict(zip(names, hotspots.Sources.demangled(names)))
    named = collections.Counter()
    for (part, name), number in samples.items():
        named[part, texts[name]] += number
    return Profile(named, used / count)


def requests(prepare, mode, server, connections, seconds):
    with peers.running_proxy(prepare, mode, server) as (process, place, _):
        peers.load(place.port, mode, connections, 2)
        return sampled(process, place.folder, lambda: peers.load(place.port, mode, connections, seconds)[0])


def downloads(program, mebibytes):
    """A profile for each proxy: plain content, one download at a time."""
    ports = [peers.free_port() for _ in range(3)]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        bodies.make_files(folder, mebibytes)
        size = (folder / "plain").stat().st_size
        processes = [bodies.start(bodies.upstream(folder, ports[0]), peers.OTHER_CORE, folder, ports[0])]
        found = {}
        try:
            for proxy, command, port in (("zuora-gateway", bodies.ours(folder, program, ports[1], ports[0]), ports[1]),
                                         ("nginx", bodies.peer(folder, ports[2], ports[0]), ports[2])):
                process = bodies.start(command, peers.PROXY_CORE, folder, port)
                processes.append(process)

                def work(process=process, port=port):
                    for _ in range(4):
                        bodies.fetch(port, "plain", size, process)
                    return 4 * mebibytes

                bodies.fetch(port, "plain", size, process)
                found[proxy] = sampled(process, folder, work)
        finally:
            for process in processes:
                peers.stop(process)
        return found


# Longer than idle upstream connections are kept (`idle_timeout`), after which the heap is returned.
IDLE_SECONDS = 75
OWN_MEMORY = "heap, stacks and other memory of its own"
MAPPINGS = [("program: code", r"r-x. .*/zuora-gateway$"), ("program: data", r".*/zuora-gateway$"), ("OpenSSL", r"lib(ssl|crypto)[.-]"),
            ("C, C++ and compression libraries", r"lib(c|m|gcc_s|stdc\+\+|z|zstd|deflate|brotli\w+)[.-]|ld-linux"),
            ("libcurl and the libraries that only it needs", r"\.so")]


class Mappings:
    """The memory of a process by kind: its proportional share, and what of it is private, in KiB."""

    def __init__(self, pid):
        self.kinds = []
        self.share = collections.Counter()
        self.private = collections.Counter()
        for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
            if match := re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)", line):
                kind = next((name for name, pattern in MAPPINGS if re.search(pattern, f"{match[3]} {match[4]}")), OWN_MEMORY)
                self.kinds.append((int(match[1], 16), int(match[2], 16), kind))
            elif match := re.match(r"(Pss|Private_Dirty): +(\d+)", line):
                (self.share if match[1] == "Pss" else self.private)[kind] += int(match[2])

    def kind(self, address):
        return next((kind for first, end, kind in self.kinds if first <= address < end), OWN_MEMORY)


def memory(command, server, seconds, count):
    """Prints what is resident after the first response, and then after a load and the idle time in which it is given back, with the functions
    whose accesses made it so.
    """
    with tempfile.TemporaryDirectory() as name:
        data = pathlib.Path(name) / "perf.data"
        # Pages of a file that was just built count as written to until they are on disk.
        os.sync()
        recorded = ["perf", "record", "-q", "-k", "CLOCK_MONOTONIC", "-e", "page-faults", "-c", "1", "-d", "-o", data]
        with peers.running_proxy(lambda place: [*recorded, *command(place)], "inflated", server) as (perf, place, _):
            pid = pathlib.Path(f"/proc/{perf.pid}/task/{perf.pid}/children").read_text().split()[0]
            first, before = Mappings(pid), time.monotonic()
            requests, *_ = peers.load(place.port, "inflated", 64, seconds)
            loaded = Mappings(pid)
            time.sleep(IDLE_SECONDS)
            last = Mappings(pid)
        lines = subprocess.run(["perf", "script", "-i", data, "-F", "time,addr,ip,sym"], capture_output=True, text=True, check=True).stdout.splitlines()
    found = [(float(match[1]), int(match[2], 16), match[3]) for line in lines
             if (match := re.match(r"\s*([\d.]+): +([0-9a-f]+) .*? [0-9a-f]{6,} (.*)$", line))]
    resident("after the first response", first, [fault for fault in found if fault[0] < before], count)
    resident(f"after {requests:,} requests over 64 connections, and their page faults", loaded, [fault for fault in found if fault[0] >= before], count)
    resident(f"{IDLE_SECONDS} seconds later", last, [], count)


def resident(title, mappings, found, count):
    faults = collections.defaultdict(collections.Counter)
    for _, address, function in found:
        faults[mappings.kind(address)][function] += 1
    names = sorted({function for functions in faults.values() for function in functions})
    # Parameters of C++ functions would fill the table.
    texts = {name: re.sub(r"[(].*", "", text) for name, text in zip(names, hotspots.Sources.demangled(names))}
    print(f"\n**Memory {title}**\n\n| | PSS, KiB | private, KiB | page faults | functions | most of them in |")
    print("|---|---:|---:|---:|---:|---|")
    for kind in [name for name, _ in MAPPINGS] + [OWN_MEMORY]:
        cells = ", ".join(f"`{texts[function]}` {number}" for function, number in faults[kind].most_common(count))
        print(f"| {kind} | {mappings.share[kind]:,} | {mappings.private[kind]:,} | {sum(faults[kind].values())} | {len(faults[kind])} | {cells} |")
    print(f"| all | {sum(mappings.share.values()):,} | {sum(mappings.private.values()):,} | {len(found)} | | |", flush=True)


def report(title, unit, profiles, count):
    print(f"\n**{title}**, CPU µs per {unit}\n")
    print("| | " + " | ".join([*profiles, *(f"{name}: most of it in" for name in profiles)]) + " |")
    print("|---|" + "---:|" * len(profiles) + "---|" * len(profiles))
    for part in [name for name, _ in PARTS] + ["other"]:
        if not any(profile.time(part) > 0.05 for profile in profiles.values()):
            continue
        cells = [f"{profile.time(part):.1f}" for profile in profiles.values()]
        for profile in profiles.values():
            cells.append(", ".join(f"`{name}` {used:.1f}" for name, used in profile.functions(part, count) if used >= 0.05))
        print(f"| {part} | " + " | ".join(cells) + " |")
    print("| all | " + " | ".join(f"{profile.microseconds:.1f}" for profile in profiles.values()) + " |" * (len(profiles) + 1), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=10, help="of each load")
    parser.add_argument("--mebibytes", type=int, default=512, help="of the download")
    parser.add_argument("--functions", type=int, default=8, help="listed per part")
    parser.add_argument("--program", type=os.path.abspath, default=str(ROOT / ".build-shipped/release/zuora-gateway"))
    options = parser.parse_args()
    peers.lift_descriptor_limit()
    pair = {c.name: c for c in contestants.everybody(options.program) if c.name in ("zuora-gateway", "nginx")}
    print(peers.machine())
    with peers.running_upstream() as server:
        memory(lambda place: pair["zuora-gateway"].prepare(place, True), server, options.seconds, options.functions)
        for mode, title in (("inflated", "Inflated for the caller"), ("gzip", "Gzip passed through")):
            report(title, "request", {
                name: requests(lambda place, c=contestant: c.prepare(place, mode == "inflated"), mode, server, 64, options.seconds)
                for name, contestant in pair.items()
            }, options.functions)
        report("Inflated, 64 and 5,000 connections", "request", {
            f"{count:,} connections": requests(
                lambda place: [options.program, "run", "--config", growth.configuration(place, 10)], "inflated", server, count,
                options.seconds)
            for count in (5_000, 64)
        }, options.functions)
    report("Plain download", "MiB", downloads(options.program, options.mebibytes), options.functions)


if __name__ == "__main__":
    main()
