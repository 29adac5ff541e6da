#!/usr/bin/env python3
"""Measures how a tenant is affected when another tenant's data centre fails: its upstream accepts connections but never responds, or drops
every SYN. The p99 of the healthy tenant has to stay within twice its normal value, first while callers fill all slots and the queue of
the failing tenant and wait, then under a flood of further callers, which are rejected and retry ten times per second.

The gateway has its own core; everything else shares the other one, so a flood of callers slows down the load itself. The case `elsewhere`
shows by how much: the same number of rejected callers use a server next to the gateway, which also rejects them. A flood is compared
with that, waiting callers are compared with `quiet`.

    Benchmarks/Isolation/run.sh [--seconds N] [--rounds N] [--callers N] [--program PATH]
"""

import argparse
import asyncio
import collections
import contextlib
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from ports import free_port  # noqa: E402

GATEWAY_CORE, OTHER_CORE = 0, 1
PATH = "/v1/batch-query/jobs/2c92c0f86cbe335a016cbe5c2dcb0e7e"
JOB = '{"id":"2c92c0f86cbe335a016cbe5c2dcb0e7e","status":"cancelled","batches":[]}'
SLOTS, QUEUE = 20, 100
# By name: which tenant's callers there are, whether they flood, and what the p99 is judged against.
CASES = {
    "quiet": (None, False, "quiet"),
    "silent, waiting": ("silent", False, "quiet"),
    "unreachable, waiting": ("unreachable", False, "quiet"),
    "elsewhere": ("elsewhere", True, "elsewhere"),
    "silent, flood": ("silent", True, "elsewhere"),
    "unreachable, flood": ("unreachable", True, "elsewhere"),
}
MICROSECONDS = {"us": 1, "ms": 1000, "s": 1_000_000}


def configuration(port, alive, holes):
    dead = "".join(f"""
[tenants.{name}]
upstream = "http://127.0.0.1:{hole}"
token = "static-token"
connect_timeout = "5s"
timeout = "10s"
concurrency = {SLOTS}
queue = {QUEUE}
breaker = false
""" for name, hole in holes.items())
    return f"""
[gateway]
listen = ["127.0.0.1:{port}"]
admin = "off"
[tenants.quiet]
upstream = "http://127.0.0.1:{alive}"
token = "static-token"
concurrency = 64
{dead}"""


def upstream(folder, port, elsewhere):
    (folder / "nginx.conf").write_text(f"""
daemon off; master_process off; pid {folder}/pid; error_log /dev/null;
events {{ worker_connections 1024; }}
http {{
    access_log off; keepalive_requests 1000000000; default_type application/json;
    client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3; uwsgi_temp_path {folder}/4;
    scgi_temp_path {folder}/5;
    server {{ listen 127.0.0.1:{port}; location / {{ return 200 '{JOB}'; }} }}
    server {{ listen 127.0.0.1:{elsewhere}; location / {{ return 429 '{JOB}'; }} }}
}}
""")
    return ["nginx", "-c", folder / "nginx.conf"]


class Silent:
    """Takes connections, reads, and says nothing."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.held = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                self.held.append(self.listener.accept()[0])


class Unreachable:
    """Its queue of connections is full, so that the kernel drops every further SYN."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.held = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self.held.append(filler)
        time.sleep(0.1)
        probe = socket.socket()
        probe.settimeout(0.3)
        with contextlib.suppress(TimeoutError):
            probe.connect(("127.0.0.1", self.port))
            sys.exit("the black hole answers a SYN")
        self.held.append(probe)


async def caller(port, tenant, counts, is_over):
    """Asks the dead tenant for a cancel, again and again."""
    reader = writer = None
    request = f"DELETE {PATH} HTTP/1.1\r\nHost: x\r\nX-Zuora-Tenant: {tenant}\r\n\r\n".encode()
    while not is_over.is_set():
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            await reader.readexactly(int(re.search(r"content-length: (\d+)", head, re.I).group(1)))
        except (ConnectionError, asyncio.IncompleteReadError):
            writer = None
            continue
        status = head.split(" ", 2)[1]
        counts[status] += 1
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(is_over.wait(), 0.1)
    if writer:
        writer.close()


class Flood(threading.Thread):
    """The dead tenant's callers."""

    def __init__(self, port, tenant, count):
        super().__init__(daemon=True)
        self.port, self.tenant, self.count, self.counts = port, tenant, count, collections.Counter()

    def run(self):
        asyncio.run(self.call())

    async def call(self):
        self.loop, self.is_over = asyncio.get_running_loop(), asyncio.Event()
        tasks = [asyncio.create_task(caller(self.port, self.tenant, self.counts, self.is_over)) for _ in range(self.count)]
        await self.is_over.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def stop(self):
        self.loop.call_soon_threadsafe(self.is_over.set)
        self.join()


def start(command, core, folder, port):
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=open(folder / "log", "ab"), preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    for _ in range(500):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return process
        if process.poll() is not None:
            break
        time.sleep(0.01)
    sys.exit("nothing listens: " + (folder / "log").read_text(errors="replace")[-2000:])


def measure(folder, port, seconds):
    """p50 and p99 in microseconds, and requests per second, of the healthy tenant."""
    (folder / "load.lua").write_text('wrk.method = "DELETE"')
    output = subprocess.run(["taskset", "-c", str(OTHER_CORE), "wrk", "-t1", "-c4", f"-d{seconds}s", "--latency", "-H", "X-Zuora-Tenant: quiet",
                             f"http://127.0.0.1:{port}{PATH}", "-s", folder / "load.lua"], check=True, capture_output=True,
                            text=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"wrong answers:\n{output}")
    found = {}
    for share in ("50", "99"):
        number, unit = re.search(rf"{share}%\s+([\d.]+)(us|ms|s)", output).groups()
        found[share] = float(number) * MICROSECONDS[unit]
    return found["50"], found["99"], float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--callers", type=int, default=200)
    parser.add_argument("--program", default=".build-shipped/release/zuora-gateway")
    arguments = parser.parse_args()
    port, alive, elsewhere = free_port(), free_port(), free_port()
    holes = {"silent": Silent(), "unreachable": Unreachable()}
    results = {case: [] for case in CASES}
    answers = {case: collections.Counter() for case in CASES}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "proxy.conf").write_text(configuration(port, alive, {tenant: hole.port for tenant, hole in holes.items()}))
        processes = [start(upstream(folder, alive, elsewhere), OTHER_CORE, folder, alive)]
        processes.append(start([arguments.program, "run", "--config", folder / "proxy.conf"], GATEWAY_CORE, folder, port))
        os.sched_setaffinity(0, {OTHER_CORE})
        try:
            measure(folder, port, 1)
            for _ in range(arguments.rounds):
                for case, (tenant, floods, _) in CASES.items():
                    flood = None
                    if tenant == "elsewhere":
                        flood = Flood(elsewhere, tenant, max(arguments.callers - SLOTS - QUEUE, 1))
                    elif tenant:
                        flood = Flood(port, tenant, arguments.callers if floods else SLOTS + QUEUE)
                    if flood:
                        flood.start()
                        time.sleep(1)
                    results[case].append(measure(folder, port, arguments.seconds))
                    if flood:
                        flood.stop()
                        answers[case] += flood.counts
                    time.sleep(0.5)
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
                process.kill()
                process.wait()
    print(f"4 callers of a tenant that is well, {SLOTS + QUEUE} waiting or {arguments.callers} flooding callers of the dead one; "
          f"medians of {arguments.rounds} rounds of {arguments.seconds} s\n")
    print("| the dead tenant's upstream | p50 µs | p99 µs | requests/s | p99, quiet = 1 | p99, elsewhere = 1 | what its callers got |")
    print("|---|---:|---:|---:|---:|---:|---|")
    medians = {case: [statistics.median(column) for column in zip(*results[case])] for case in CASES}
    late = []
    for case, (_, _, baseline) in CASES.items():
        p50, p99, rate = medians[case]
        got = ", ".join(f"{status} x {count}" for status, count in sorted(answers[case].items())) or "-"
        print(f"| {case} | {p50:.0f} | {p99:.0f} | {rate:.0f} | {p99 / medians['quiet'][1]:.2f} | {p99 / medians['elsewhere'][1]:.2f} | {got} |")
        if p99 > 2 * medians[baseline][1]:
            late.append(f"{case}: p99 is {p99 / medians[baseline][1]:.2f} times that of {baseline}")
    if late:
        sys.exit("isolation: " + "; ".join(late))


main()
