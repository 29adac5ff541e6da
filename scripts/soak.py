#!/usr/bin/env python3
"""Serves a mix of requests for a long time: good ones, refused ones, faults upstream, callers that leave; with reloads in between and a
drain under load at the end. Every answer is checked, and the gateway's memory and descriptors must not grow.

    scripts/soak.py [--seconds N] [--connections N] [--program PATH]
"""

import argparse
import asyncio
import collections
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

CONFIGURATION = """
[gateway]
listen = ["127.0.0.1:{api}"]
admin = "127.0.0.1:{admin}"
default_tenant = "acme"

[tenants.acme]
upstream = "http://127.0.0.1:{zuora}"
client_id = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"
client_secret = "sandbox-secret"
entity = "e20b0747-4688-4ad5-8014-68daf10e501d"
routes = ["aqua.cancel", "aqua.get", "aqua.submit", "files.get"]
concurrency = 64
queue = 1000
breaker = false
retry = {{ attempts = 1 }}
timeout = "20s"
"""

# What is asked, how often, and which statuses are right.
MIX = [
    (30, "GET", "/v1/batch-query/jobs/executing", {200}),
    (20, "DELETE", "/v1/batch-query/jobs/executing.{n}", {200}),
    (10, "DELETE", "/v1/batch-query/jobs/done", {200}),
    (5, "DELETE", "/v1/batch-query/jobs/unknown", {200, 404}),
    (5, "GET", "/v1/orders/1", {404}),
    (5, "GET", "/v1/batch-query/jobs/..", {400}),
    (5, "GET", "/v1/files/file-256KiB", {200}),
    (2, "DELETE", "/v1/batch-query/jobs/fault-503.{n}", {200, 503, 504}),
    (2, "DELETE", "/v1/batch-query/jobs/fault-reset-after-send.{n}", {200, 502, 504}),
    (2, "GET", "/v1/files/file-10MiB", {"leave"}),
]


class Broken(Exception):
    """The connection ended where no answer may end."""


async def read_answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])}
    if b"zuora-track-id" not in fields:
        raise Broken(f"a {status} without a track id")
    if fields.get(b"transfer-encoding") == b"chunked":
        while size := int((await reader.readline()).split(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        await reader.readexactly(int(fields.get(b"content-length", b"0")))
    return status, fields.get(b"connection", b"").lower() == b"close"


async def caller(port, counts, failures, state):
    """One connection, opened again when it was closed."""
    reader = writer = None
    weights = [row[0] for row in MIX]
    while not state["end"]:
        [(_, method, path, expected)] = random.choices(MIX, weights)
        path = path.format(n=random.randrange(10**9))
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
            writer.write(f"{method} {path} HTTP/1.1\r\nHost: soak\r\n\r\n".encode())
            if expected == {"leave"}:
                await reader.readexactly(20000)
                writer.transport.abort()
                writer = None
                counts["left"] += 1
                continue
            status, closes = await asyncio.wait_for(read_answer(reader), 40)
            counts[status] += 1
            if status not in expected:
                failures.append(f"{method} {path}: {status}")
            if closes:
                writer.close()
                writer = None
        except ConnectionRefusedError:
            if not state["draining"]:
                failures.append("the listener is gone")
            return
        except asyncio.IncompleteReadError as error:
            # Every answer says whether its connection closes: no request may meet one that has.
            failures.append(f"{method} {path}: cut after {len(error.partial)} bytes")
            writer = None
        except (ConnectionResetError, BrokenPipeError) as error:
            if not state["draining"]:
                failures.append(f"{method} {path}: {error}")
            writer = None
        except (Broken, asyncio.TimeoutError, ValueError) as error:
            failures.append(f"{method} {path}: {error or 'no answer in 40 s'}")
            writer = None


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def usage(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    resident = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
    try:
        return resident, len(os.listdir(f"/proc/{process.pid}/fd"))
    except PermissionError:
        # The gateway lets nobody but root look into it.
        return resident, 0


def wait_for(port, process):
    for _ in range(200):
        if process.poll() is not None:
            sys.exit(f"soak: {process.args[1]} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"soak: nothing listens on {port}")


async def soak(arguments, gateway, port):
    counts, failures, state = collections.Counter(), [], {"end": False, "draining": False}
    callers = [asyncio.create_task(caller(port, counts, failures, state)) for _ in range(arguments.connections)]
    begin, warm, samples = time.monotonic(), None, []
    while (passed := time.monotonic() - begin) < arguments.seconds:
        await asyncio.sleep(min(5, arguments.seconds / 12))
        if gateway.poll() is not None:
            failures.append(f"the gateway ended with {gateway.returncode}")
            break
        gateway.send_signal(signal.SIGHUP)
        samples.append(usage(gateway))
        # What is allocated once is there after a quarter of the time.
        if warm is None and passed > arguments.seconds / 4:
            warm = samples[-1]
        total = sum(counts.values())
        print(f"{passed:6.0f} s  {total} requests, {samples[-1][0]} KiB, {samples[-1][1]} descriptors, {len(failures)} failures", flush=True)
    if gateway.poll() is None:
        state["draining"] = True
        gateway.send_signal(signal.SIGTERM)
        await asyncio.wait(callers, timeout=40)
        state["end"] = True
        try:
            code = gateway.wait(40)
            if code not in (0, 143):
                failures.append(f"the drained gateway ended with {code}")
        except subprocess.TimeoutExpired:
            failures.append("the gateway does not end")
    for task in callers:
        task.cancel()
    if warm and samples[-1][0] > warm[0] * 1.25 + 4096:
        failures.append(f"memory grew from {warm[0]} to {samples[-1][0]} KiB")
    if warm and samples[-1][1] > warm[1] + 2 * arguments.connections:
        failures.append(f"descriptors grew from {warm[1]} to {samples[-1][1]}")
    return counts, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--program", default=".build/release/zuora-gateway")
    arguments = parser.parse_args()
    api, admin, zuora = free_ports(3)
    with tempfile.TemporaryDirectory() as directory:
        configuration = pathlib.Path(directory, "proxy.conf")
        configuration.write_text(CONFIGURATION.format(api=api, admin=admin, zuora=zuora))
        with open(pathlib.Path(directory, "log"), "w") as log:
            sandbox = subprocess.Popen([arguments.program, "sandbox", "--listen", f"127.0.0.1:{zuora}"], stdout=log, stderr=log)
            gateway = None
            try:
                wait_for(zuora, sandbox)
                gateway = subprocess.Popen([arguments.program, "run", "--config", configuration], stdout=subprocess.DEVNULL, stderr=log)
                wait_for(api, gateway)
                counts, failures = asyncio.run(soak(arguments, gateway, api))
            finally:
                for process in (gateway, sandbox):
                    if process and process.poll() is None:
                        process.kill()
        if failures:
            print("".join(pathlib.Path(directory, "log").read_text().splitlines(keepends=True)[-20:]), file=sys.stderr)
    print("answers:", ", ".join(f"{key} x {count}" for key, count in sorted(counts.items(), key=str)))
    for failure in failures[:20]:
        print("FAIL", failure, file=sys.stderr)
    if failures:
        sys.exit(f"soak: {len(failures)} failures")
    print("soak: passed")


main()
