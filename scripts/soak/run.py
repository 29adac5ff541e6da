#!/usr/bin/env python3
"""Serves a mix of requests with random upstream faults, disconnecting callers, expiring tokens and reloads; then waits until all resources must
have been released, and drains under load. Every response is compared with the sandbox's book.

    scripts/soak/run.py [--seconds N] [--connections N] [--program PATH]
"""

import argparse
import asyncio
import hashlib
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import scene
from callers import FILE, Callers
from truth import Truth

CONFIGURATION = """
[gateway]
listen = ["127.0.0.1:{api}"]
admin = "127.0.0.1:{admin}"

[upstream]
timeout = "20s"
first_byte_timeout = "1s"

[tenants.acme]
upstream = "http://127.0.0.1:{zuora}"
client_id = "{acme[0]}"
client_secret = "{acme[1]}"
entity = "{entity}"
routes = ["aqua.cancel", "aqua.get", "aqua.submit", "files.get", "dataquery.cancel"]
concurrency = 64
queue = 1000
breaker = false
retry = {{ attempts = 4, base = "2ms", cap = "20ms", budget = "100%" }}

[tenants.globex]
upstream = "http://127.0.0.1:{zuora}"
client_id = "{globex[0]}"
client_secret = "{globex[1]}"
routes = ["aqua.cancel", "aqua.get", "aqua.submit", "files.get", "dataquery.cancel"]
concurrency = 8
queue = 20
queue_timeout = "500ms"
gzip = {{ response = "always" }}
retry = {{ attempts = 3, base = "2ms", cap = "20ms", budget = "20%" }}
"""

# What goes wrong upstream, and how often in a hundred calls.
FAULTS = {
    ("DELETE", "*/jobs/*"): {
        "500": 1, "502": 1, "503": 1, "503-after-send": 2, "html-502": 1, "html-200": 1, "empty-200": 1, "aqua-90022": 1, "lock": 1,
        "temporary": 1, "wrong-entity": 1, "400": 1, "404": 1, "429-bare": 1, "401-user-info": 1, "reset": 1, "close": 1,
        "reset-after-send": 3, "hold": 0.3, "hold-after-send": 0.3, "truncate": 1, "reset-after-head": 1, "bad-gzip": 1, "gzip-crc": 1,
        "slow-100ms": 2, "split-50": 1,
    },
    ("GET", "*/jobs/*"): {
        "500": 1, "503": 1, "429-bare": 1, "401-user-info": 1, "reset": 1, "close": 1, "hold": 0.2, "truncate": 1, "bad-gzip": 1,
        "slow-100ms": 1, "goodbye": 1, "close-delimited": 1,
    },
    ("POST", "/v1/batch-query"): {
        "500": 1, "503": 1, "503-after-send": 2, "429-bare": 2, "reset": 1, "reset-after-send": 2, "hold-after-send": 0.5,
    },
    ("GET", "/v1/files/*"): {"503": 1, "reset-in-body": 2, "truncate": 2, "gzip-crc": 2, "split-10000": 2, "slow-body-50ms": 2},
    ("POST", "/oauth/token"): {"503": 10, "token-html": 5, "reset": 5, "slow-100ms": 10},
}
FREE_LIMITS = {
    "concurrency_limit": 100000, "rate_per_minute": 10**8, "rate_per_hour": 10**9, "rate_per_day": 10**10, "token_rate_per_peer": 10**6,
    "token_rate_per_tenant": 10**6, "book_limit": 50000,
}


class Stage:
    """The two processes, and how to speak to them."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.api, self.admin, self.zuora = scene.free_ports(3)
        self.control = f"http://127.0.0.1:{self.zuora}/_sandbox"
        self.log = open(folder / "log", "w")
        self.sandbox = self.gateway = None

    def start(self):
        text = CONFIGURATION.format(api=self.api, admin=self.admin, zuora=self.zuora, entity=scene.ENTITY, **scene.CLIENTS)
        (self.folder / "proxy.conf").write_text(text)
        self.sandbox = scene.start_sandbox(self.program, self.zuora, self.log)
        scene.wait_for(self.zuora, self.sandbox)
        self.tell("settings", FREE_LIMITS)
        for client, _ in scene.CLIENTS.values():
            self.tell("clients", {"id": client, "lifetime": "20s"})
        self.gateway = subprocess.Popen([self.program, "run", "--config", self.folder / "proxy.conf"], stdout=subprocess.DEVNULL,
                                        stderr=self.log)
        scene.wait_for(self.api, self.gateway)

    def tell(self, path, what):
        request = urllib.request.Request(f"{self.control}/{path}", json.dumps(what).encode(), method="POST")
        urllib.request.urlopen(request, timeout=10).close()

    def add_faults(self):
        for (method, path), effects in FAULTS.items():
            for effect, percent in effects.items():
                self.tell("faults", {"name": f"{effect}@{method}{path}", "effect": effect, "match": {"method": method, "path": path}, "probability": percent / 100})

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics", timeout=10) as answer:
            return dict(re.findall(r"^zuora_gateway_(\S+) (\S+)$", answer.read().decode(), re.M))

    def usage(self):
        """Resident KiB, and descriptors that do not belong to a connection."""
        status = pathlib.Path(f"/proc/{self.gateway.pid}/status").read_text()
        resident = int(re.search(r"VmRSS:\s+(\d+)", status).group(1))
        try:
            descriptors = len(os.listdir(f"/proc/{self.gateway.pid}/fd"))
        except PermissionError:
            # Only root may inspect the gateway.
            return resident, 0
        metrics = self.metrics()
        return resident, descriptors - int(metrics["client_connections"]) - int(metrics["upstream_connections"])

    def stop(self):
        for process in (self.gateway, self.sandbox):
            if process and process.poll() is None:
                process.kill()
                process.wait()


def file_digests(stage):
    """What the file holds, asked for before anything goes wrong."""
    digests = {}
    request = urllib.request.Request(f"http://127.0.0.1:{stage.api}/v1/files/{FILE}", headers={"X-Zuora-Tenant": "acme"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        digests[FILE] = hashlib.sha256(answer.read()).digest()
    request.add_header("X-Zuora-Tenant", "globex")
    urllib.request.urlopen(request, timeout=20).read()
    return digests


async def serve(stage, truth, arguments):
    """The load, with a reload every five seconds, and the tokens of a tenant ended now and then."""
    callers = Callers(stage.api, truth)
    tasks = [asyncio.create_task(callers.run()) for _ in range(arguments.connections)]
    begin, warm, ticks = time.monotonic(), None, 0
    while (passed := time.monotonic() - begin) < arguments.seconds and stage.gateway.poll() is None:
        await asyncio.sleep(1)
        ticks += 1
        await truth.follow(time.monotonic(), 3)
        if ticks % 5 == 0:
            stage.gateway.send_signal(signal.SIGHUP)
            resident, _ = stage.usage()
            print(f"{passed:6.0f} s  {callers.answers} answers, {sum(truth.checked.values())} checked, {sum(truth.faults.values())} faults, "
                  f"{resident} KiB, {len(truth.failures)} failures", flush=True)
            # What is allocated once is there after a quarter of the time.
            if warm is None and passed > arguments.seconds / 4:
                warm = resident
        # A token that has served for five minutes is replaced at once when it is refused; sooner the gateway takes its time.
        for tenant, second in (("acme", 7), ("globex", 17)):
            if ticks % 310 == second:
                await asyncio.to_thread(stage.tell, "revoke", {"tenant": tenant})
    callers.is_over = True
    await asyncio.wait(tasks, timeout=45)
    if warm and stage.gateway.poll() is None and stage.usage()[0] > warm * 1.15 + 4096:
        truth.failures.append(f"memory grew from {warm} to {stage.usage()[0]} KiB")
    return callers.answers


async def rest(stage, truth, base):
    """There are no more callers: nothing may be left of earlier ones."""
    deadline, left = time.monotonic() + 25, {"?": "?"}
    while left and time.monotonic() < deadline:
        await asyncio.sleep(0.5)
        metrics = stage.metrics()
        names = [name for name in metrics if name.startswith(("requests_in_flight", "requests_queued", "requests_under_way",
                                                              "held_body_bytes", "client_connections"))]
        left = {name: metrics[name] for name in names if metrics[name] != "0" and "_total" not in name}
    if left:
        truth.failures.append(f"left over without callers: {left}")
    _, descriptors = stage.usage()
    # The control loop's own connections for tokens may be open or not.
    if descriptors > base + 2:
        truth.failures.append(f"descriptors were {base} before the load and are {descriptors} after it")
    await asyncio.sleep(1)
    await truth.follow(time.monotonic(), 0)
    if truth.waiting or truth.by_track:
        truth.failures.append(f"{len(truth.waiting)} unchecked answers, calls for {list(truth.by_track)[:5]} that no caller asked for")
    return descriptors


async def drain(stage, truth, connections):
    """SIGTERM under load loses nothing."""
    callers = Callers(stage.api, truth)
    callers.numbers = iter(range(10**9, 2 * 10**9))
    tasks = [asyncio.create_task(callers.run()) for _ in range(connections)]
    await asyncio.sleep(2)
    callers.is_draining = True
    stage.gateway.send_signal(signal.SIGTERM)
    await asyncio.wait(tasks, timeout=45)
    callers.is_over = True
    try:
        code = await asyncio.to_thread(stage.gateway.wait, 45)
        if code not in (0, 143):
            truth.failures.append(f"the drained gateway ended with {code}")
    except subprocess.TimeoutExpired:
        truth.failures.append("the gateway does not end")
    await truth.follow(time.monotonic() + 1, 0)


async def soak(stage, arguments):
    digests = file_digests(stage)
    base = stage.usage()[1]
    stage.tell("reset", {"only": ["book"]})
    stage.add_faults()
    truth = Truth(stage.control, digests)
    answers = await serve(stage, truth, arguments)
    if stage.gateway.poll() is None:
        await rest(stage, truth, base)
        await drain(stage, truth, arguments.connections)
    else:
        truth.failures.append(f"the gateway ended with {stage.gateway.returncode}")
    print(f"{answers} answers; checked against the book:", ", ".join(f"{kind} {count}" for kind, count in sorted(truth.checked.items())))
    print(f"{sum(truth.faults.values())} faults of {len(truth.faults)} kinds")
    return truth.failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--program", default=".build/release/zuora-gateway")
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    random.seed(arguments.seed)
    with scene.working_directory() as folder:
        stage = Stage(arguments.program, folder)
        try:
            stage.start()
            failures = asyncio.run(soak(stage, arguments))
        finally:
            stage.stop()
        if failures:
            print("".join((stage.folder / "log").read_text().splitlines(keepends=True)[-10:]), file=sys.stderr)
    for failure in failures[:30]:
        print("FAIL", failure, file=sys.stderr)
    if failures:
        raise scene.Failure(f"{len(failures)} failures")


scene.main("soak", main)
