#!/usr/bin/env python3
"""Restarts the gateway, and changes its configuration, certificate and secret, again and again under load: no request may fail. The load is
wrk, with its own error count, and stricter callers: every request sent on a connection must get its complete response, a connection may
only close if its last response announced that, and each response must have an access log line.

    scripts/rounds.py [--rounds N] [--program PATH] [KIND...]

Kinds: term (a drain with min_drain), term-now (one without), hup, change (of the file, without a signal), certificate, secret.
"""

import argparse
import asyncio
import contextlib
import itertools
import os
import random
import re
import shutil
import signal
import ssl
import subprocess
import time

import scene
from scene import Failure, eventually

CONFIGURATION = """
[gateway]
listen = ["{listen}"]
admin = "127.0.0.1:{admin}"
default_tenant = "acme"
workers = {workers}
{gateway}

[tenants.acme]
upstream = "http://127.0.0.1:{sandbox}"
client_id = "{client}"
client_secret = {{ file = "{directory}/secrets/acme" }}
entity = "{entity}"
routes = {routes}
concurrency = {concurrency}
queue = 1000
breaker = false
"""
# How long the listeners stay open after a SIGTERM; longer than wrk has still to run then.
MIN_DRAIN = 3
WRK_SECONDS = 2
PATH = "/v1/batch-query/jobs/executing"


class Callers:
    """Connections that are kept, with pauses of any length that the gateway waits for."""

    numbers = itertools.count()

    def __init__(self, port, count, tls=None):
        self.port, self.tls = port, tls
        self.failures, self.answered, self.told, self.connections = [], 0, 0, 0
        self.ids = set()
        self.stopped = False
        # From when on a listener that is gone is as it should be.
        self.end_of_listening = None
        self.tasks = [asyncio.create_task(self.call(pause)) for pause in [0, 0, 0.01, 0.05, 0.2, 0.5][:count]]

    async def call(self, pause):
        while not self.stopped:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=self.tls)
            except OSError as error:
                # The kernel completes handshakes itself, and resets connections not yet accepted when the listener is closed.
                is_refused = isinstance(error, (ConnectionRefusedError, ConnectionResetError))
                if not is_refused or self.end_of_listening is None or time.monotonic() < self.end_of_listening:
                    self.failures.append(f"connecting: {error!r}")
                return
            self.connections += 1
            try:
                await self.serve(reader, writer, pause)
            finally:
                writer.transport.abort()

    async def serve(self, reader, writer, pause):
        # A TLS connection is made anew now and then, to meet the new certificate.
        for number in itertools.count():
            if self.stopped or (self.tls and number == 50):
                return
            track = f"strict-{next(self.numbers)}"
            try:
                writer.write(f"GET {PATH} HTTP/1.1\r\nHost: rounds\r\nZuora-Track-Id: {track}\r\n\r\n".encode())
                async with asyncio.timeout(30):
                    head = await reader.readuntil(b"\r\n\r\n")
                    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
                    await reader.readexactly(int(fields[b"content-length"]))
            except (OSError, asyncio.IncompleteReadError, TimeoutError, KeyError) as error:
                self.failures.append(f"{track}, request {number + 1} of its connection: {error!r}")
                return
            if not head.startswith(b"HTTP/1.1 200 "):
                self.failures.append(f"{track}: {head.splitlines()[0]}")
            self.answered += 1
            self.ids.add(track)
            if fields.get(b"connection") == b"close":
                self.told += 1
                if await reader.read(1):
                    self.failures.append(f"{track}: more bytes after the last answer")
                return
            await asyncio.sleep(pause * random.random())

    async def stop(self):
        self.stopped = True
        await asyncio.wait(self.tasks, timeout=60)

    def check(self, gateway):
        """Every response has its line; the last ones may be a moment late."""
        for _ in range(20):
            missing = self.ids - {line["track_id"] for line in gateway.lines() if line.get("status") == 200}
            if not missing:
                break
            time.sleep(0.1)
        if missing:
            self.failures.append(f"no line in the access log: {sorted(missing)[:3]} and {len(missing)} in all")
        if self.failures:
            raise Failure(f"{len(self.failures)} failed: " + "; ".join(self.failures[:5]))


async def wrk(url):
    """Returns how many requests it made; fails with any error that it counts."""
    process = await asyncio.create_subprocess_exec(
        "wrk", "-t1", "-c16", f"-d{WRK_SECONDS}s", url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    text = (await process.communicate())[0].decode()
    requests = re.search(r"(\d+) requests in", text)
    if process.returncode != 0 or not requests or int(requests[1]) == 0 or "Socket errors" in text or "Non-2xx" in text:
        raise Failure(f"wrk: {text}")
    return int(requests[1])


class Rounds:
    def __init__(self, arguments, directory, sandbox):
        self.arguments, self.directory, self.sandbox = arguments, directory, sandbox
        self.requests = self.strict = self.told = 0
        self.linted = False

    def start(self, gateway="", tls=False):
        """Starts a gateway in a separate directory."""
        directory = self.directory / f"{time.monotonic_ns()}"
        directory.mkdir()
        scene.secret_volume(directory / "secrets", acme=self.secret())
        if tls:
            scene.secret_volume(directory / "tls", **certificate(directory))
        port, admin = scene.free_ports(2)
        self.settings = dict(
            listen=f"tls:127.0.0.1:{port}" if tls else f"127.0.0.1:{port}", admin=admin, workers=2, sandbox=self.sandbox.port,
            client=scene.CLIENTS["acme"][0], directory=directory, entity=scene.ENTITY, routes=scene.ROUTES, concurrency=100,
            gateway=gateway + (f'tls = {{ certificate = "{directory}/tls/tls.crt", key = "{directory}/tls/tls.key" }}\n'
                               'trust_network = false' if tls else ""))
        return scene.Gateway(self.arguments.program, directory, CONFIGURATION.format(**self.settings), port, admin)

    def secret(self):
        """A new secret, known to Zuora. Tokens that the last one has brought stay good."""
        secret = f"secret-{time.monotonic_ns()}"
        self.sandbox.control("POST", "clients", {"id": scene.CLIENTS["acme"][0], "secret": secret})
        return secret

    async def under_load(self, gateway, event, tls=None, with_wrk=True):
        """Runs an event in the middle of the load."""
        callers = Callers(gateway.port, 6, tls)
        try:
            load = asyncio.create_task(wrk(f"{'https' if tls else 'http'}://127.0.0.1:{gateway.port}{PATH}")) if with_wrk else None
            await asyncio.sleep(0.7)
            await event(callers)
            if load:
                self.requests += await load
        finally:
            await callers.stop()
        callers.check(gateway)
        self.strict += callers.answered
        self.told += callers.told

    # The kinds.

    async def term(self, min_drain=MIN_DRAIN):
        for _ in range(self.arguments.rounds):
            gateway = self.start(f'min_drain = "{min_drain}s"\n')
            try:
                async def event(callers):
                    callers.end_of_listening = time.monotonic() + min_drain
                    gateway.process.send_signal(signal.SIGTERM)
                    await asyncio.to_thread(gateway.process.wait, 30)
                    # By now every request has had its response, and connections are refused.
                    await asyncio.wait(callers.tasks, timeout=10)

                await self.under_load(gateway, event, with_wrk=min_drain > 0)
                if gateway.process.returncode != 143:
                    raise Failure(f"the gateway ended with {gateway.process.returncode}")
            finally:
                gateway.end()

    async def term_now(self):
        await self.term(min_drain=0)

    async def changed(self, sends_signal):
        gateway = self.start()
        try:
            for number in range(self.arguments.rounds):
                async def event(_):
                    self.settings["concurrency"] = 101 + number
                    new = gateway.configuration.with_suffix(".new")
                    new.write_text(CONFIGURATION.format(**self.settings))
                    new.rename(gateway.configuration)
                    if sends_signal:
                        gateway.process.send_signal(signal.SIGHUP)
                    await asyncio.to_thread(
                        eventually, lambda: gateway.metrics()["concurrency_limit"] == 101 + number, "the new configuration")
                    self.linted = await asyncio.to_thread(gateway.metrics().lint)

                await self.under_load(gateway, event)
            if gateway.metrics().by("configuration_reloads_total", "result")[("failed",)]:
                raise Failure("a reload failed")
        finally:
            gateway.end()

    async def hup(self):
        await self.changed(sends_signal=True)

    async def change(self):
        await self.changed(sends_signal=False)

    async def secret_rounds(self):
        gateway = self.start()
        try:
            for _ in range(self.arguments.rounds):
                async def event(_):
                    fetched = gateway.metrics()["token_fetches_total"]
                    scene.update_volume(gateway.directory / "secrets", acme=self.secret())
                    await asyncio.to_thread(
                        eventually, lambda: gateway.metrics()["token_fetches_total"] > fetched, "a token with the new secret", 75)

                await self.under_load(gateway, event)
            if gateway.metrics().by("token_fetches_total", "result")[("failed",)]:
                raise Failure("a token call failed")
        finally:
            gateway.end()

    async def certificate(self):
        gateway = self.start(tls=True)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            for _ in range(self.arguments.rounds):
                async def event(_):
                    files = certificate(gateway.directory)
                    scene.update_volume(gateway.directory / "tls", **files)
                    await asyncio.to_thread(eventually, lambda: presented(gateway.port) == files["tls_crt"], "the new certificate")

                await self.under_load(gateway, event, tls=context)
        finally:
            gateway.end()


def certificate(directory):
    key, crt = directory / "new.key", directory / "new.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", crt,
         "-days", "1", "-subj", "/CN=localhost"], check=True, capture_output=True, timeout=60)
    return {"tls_crt": crt.read_text(), "tls_key": key.read_text()}


def presented(port):
    with contextlib.suppress(OSError):
        return ssl.get_server_certificate(("127.0.0.1", port), timeout=5)


KINDS = {
    "term": Rounds.term, "term-now": Rounds.term_now, "hup": Rounds.hup, "change": Rounds.change,
    "certificate": Rounds.certificate, "secret": Rounds.secret_rounds,
}


def run():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--program", default=".build/release/zuora-gateway")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    arguments = parser.parse_args()
    for tool in ("wrk", "openssl"):
        if not shutil.which(tool):
            raise Failure(f"{tool} is needed")
    if unknown := set(arguments.kinds) - set(KINDS):
        raise Failure(f"unknown kinds: {', '.join(unknown)}")
    arguments.program = os.path.abspath(arguments.program)
    with scene.working_directory() as directory:
        sandbox = scene.Sandbox(arguments.program, directory)
        try:
            for kind in arguments.kinds or KINDS:
                rounds = Rounds(arguments, directory, sandbox)
                try:
                    asyncio.run(KINDS[kind](rounds))
                except Failure as failure:
                    raise Failure(f"{kind}: {failure}")
                print(f"{kind:12} {arguments.rounds} rounds, {rounds.requests} requests by wrk, {rounds.strict} by strict callers, "
                      f"{rounds.told} connections told to close, 0 failed" + (", promtool content" if rounds.linted else ""), flush=True)
        finally:
            sandbox.process.kill()


scene.main("rounds", run)
