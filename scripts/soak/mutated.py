#!/usr/bin/env python3
"""Runs the gateway with an upstream that mutates its responses and those of its token endpoint: fields, framing and content. Each response to
a caller is compared with what was sent for that request: it is one of those responses, complete and unchanged, or a problem of the gateway's.
Tenants are replaced by reloads, because a mutated quota or token may block one for an hour. At the end the upstream stops mutating: then
every request must succeed, and no request or connection may be left over.

    scripts/soak/mutated.py [--seconds N] [--connections N] [--seed N] [--program PATH]
"""

import argparse
import asyncio
import collections
import json
import pathlib
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import scene
from mutations import Mutator, Response, Seen, gunzip

GATEWAY = """
[gateway]
listen = ["127.0.0.1:{api}"]
admin = "127.0.0.1:{admin}"
workers = 2

[limits]
# The callers of this script may be late on a busy machine.
head_timeout = "2m"

[upstream]
timeout = "10s"
first_byte_timeout = "3s"
stall_timeout = "3s"
"""
TENANT = """
[tenants.{name}]
upstream = "http://127.0.0.1:{upstream}"
client_id = "{name}"
client_secret = "secret"
routes = ["aqua.cancel", "aqua.get", "aqua.submit", "files.get", "dataquery.cancel"]
breaker = false
gzip = {{ response = "{gzip}" }}
retry = {{ attempts = 3, base = "2ms", cap = "20ms", max_wait = "100ms", budget = "100%" }}
"""
TENANTS = 6
# Seconds between reloads that replace the tenants.
GENERATION = 4
# Percentages of responses that are mutated.
API, TOKENS = 60, 40
# Fields that the gateway sets itself, or that belong to the connection.
OWN = {b"via", b"zuora-track-id", b"gateway-outcome", b"gateway-attempts", b"proxy-status", b"date", b"connection", b"keep-alive", b"vary", b"etag",
       b"content-length", b"transfer-encoding", b"content-encoding"}
NEVER = {b"set-cookie", b"www-authenticate", b"upgrade", b"trailer", b"alt-svc"}
LINES = [
    ("GET", "/v1/batch-query/jobs/{job}", 45), ("DELETE", "/v1/batch-query/jobs/{job}", 25), ("DELETE", "/query/jobs/{job}", 5),
    ("POST", "/v1/batch-query", 10), ("GET", "/v1/files/{job}", 15),
]
WEIGHTS = [line[2] for line in LINES]
FILE = bytes(range(256)) * 300


class Asked:
    """A request, what the upstream sent for it, and what its caller received."""

    def __init__(self, track, tenant, method, path):
        self.track, self.tenant, self.method, self.path = track, tenant, method, path
        self.deliveries = []
        self.status, self.fields, self.body = None, [], None
        self.is_over = False

    def field(self, name):
        return next((value for key, value in self.fields if key.lower() == name), None)

    def __str__(self):
        sent = " | ".join(f"{seen.status}: {','.join(response.mutations) or 'sound'} {response.ending}" for response, seen in self.deliveries)
        body = None if self.body is None else bytes(self.body[:200])
        return f"{self.method} {self.path} ({self.track}) -> {self.status} {body} [{sent}]"


class Upstream:
    """Emulates Zuora. Each response is recorded with the request that it was sent for."""

    def __init__(self, soak, seed):
        self.soak = soak
        self.random = random.Random(seed)
        self.mutator = Mutator(self.random)
        self.is_sound = False
        self.faults = collections.Counter()
        self.tokens = collections.defaultdict(set)
        self.sent_tokens = 0

    async def serve(self, reader, writer):
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head[:-4].split(b"\r\n")
        method, target, _ = lines[0].split(b" ")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
        content = await self._content(reader, fields)
        if target == b"/oauth/token":
            response, note = self._token(content)
        else:
            response, note = self._job(method, target, fields)
        return await self._send(writer, response, note)

    @staticmethod
    async def _content(reader, fields):
        if fields.get(b"transfer-encoding") == b"chunked":
            content = b""
            while size := int(await reader.readuntil(b"\r\n"), 16):
                content += (await reader.readexactly(size + 2))[:-2]
            await reader.readexactly(2)
            return content
        return await reader.readexactly(int(fields.get(b"content-length", b"0")))

    def _token(self, content):
        client = urllib.parse.parse_qs(content.decode())["client_id"][0]
        self.sent_tokens += 1
        token = {"access_token": f"{client}.{self.sent_tokens}", "token_type": "bearer", "expires_in": self.random.choice((3600, 600, 30, 5, 2))}
        response = Response(200, [(b"Content-Type", b"application/json")], json.dumps(token).encode())
        self._mutate(response, TOKENS)

        def note(seen):
            self.tokens[client] |= seen.tokens()

        return response, note

    def _job(self, method, target, fields):
        track = fields.get(b"zuora-track-id", b"").decode()
        asked = self.soak.asked.get(track)
        if asked is None:
            self.soak.fail(f"a request that no caller made: {method} {target} {track}")
            return Response(500, [], b""), lambda seen: None
        token = fields.get(b"authorization", b"").removeprefix(b"Bearer ")
        if token not in self.tokens[asked.tenant]:
            self.soak.fail(f"{asked}: with a token that its tenant did not get: {token}")
        # The verification of a cancel.
        is_verification = method == b"GET" and asked.method == "DELETE"
        if target.decode() != asked.path or (method.decode() != asked.method and not is_verification):
            self.soak.fail(f"{asked}: arrived as {method} {target}")
        status, body = 200, {"id": asked.track, "delivery": len(asked.deliveries), "batches": []}
        if target.startswith(b"/v1/files/"):
            content = track.encode() + FILE[: self.random.choice((100, 5000, len(FILE)))]
            kind = b"application/octet-stream"
        else:
            if asked.method == "DELETE":
                body["status"] = "cancelled"
                if target.startswith(b"/query"):
                    body = {"data": {"id": asked.track, "queryStatus": "cancelled"}}
            else:
                body |= {"status": "executing", "padding": " " * self.random.choice((0, 0, 2000))}
            content, kind = json.dumps(body).encode(), b"application/json"
        response = Response(status, [(b"Content-Type", kind), (b"Zuora-Track-Id", track.encode()), (b"Zuora-Request-Id", b"r-" + track.encode())], content)
        self._mutate(response, API)
        return response, lambda seen: asked.deliveries.append((response, seen))

    def _mutate(self, response, percent):
        if self.is_sound:
            return
        if self.random.random() < 0.3:
            response.gzip()
        elif self.random.random() < 0.2:
            response.chunk(self.random)
        if self.random.randrange(100) < percent:
            self.mutator.mutate(response, self.soak.some_tracks())
            self.faults.update(response.mutations)

    async def _send(self, writer, response, note):
        data = response.bytes()
        if response.cut is not None:
            data = data[: int(len(data) * response.cut)]
        ended = {"close": True, "keep": None}.get(response.ending, False)
        # Recorded before it is sent, because the caller may get it before this task runs again.
        note(Seen(data, ended))
        response.began = time.monotonic()
        if not self.is_sound and self.random.random() < 0.2:
            # Bytes after a response are sent with its last bytes. If they came later, they could not be told from the next response.
            at = self.random.randrange(max(1, len(data) - len(response.after)))
            writer.write(data[:at])
            await writer.drain()
            await asyncio.sleep(self.random.choice((0, 0.001, 0.02)))
            data = data[at:]
        writer.write(data)
        await writer.drain()
        response.ended = time.monotonic()
        if response.ending == "hang":
            await asyncio.sleep(5)
        if response.ending in ("reset", "hang"):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # Usually long enough for the gateway to read what was written.
            await asyncio.sleep(0.01)
            writer.transport.abort()
        return response.ending == "keep"


class Cut(Exception):
    """The connection ended in the middle of a response."""


class Malformed(Exception):
    pass


class Soak:
    def __init__(self, arguments):
        self.arguments = arguments
        self.random = random.Random(arguments.seed)
        self.failures = []
        # By track id: requests in progress and recent ones, because an upstream call may outlive its caller.
        self.asked = {}
        self.recent = collections.deque(maxlen=300)
        self.tenants = []
        self.counts = collections.Counter()
        self.number = 0
        self.generation = 0
        self.is_over = False

    def fail(self, text):
        if len(self.failures) < 200:
            self.failures.append(text)
        if len(self.failures) <= 30:
            print("FAIL", text[:2000], file=sys.stderr, flush=True)

    def some_tracks(self):
        return self.random.sample(self.recent, min(len(self.recent), 5))

    # Callers

    async def call(self, port):
        reader = writer = None
        while not self.is_over:
            asked, request, accepts = self._next()
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
                writer.write(request)
                async with asyncio.timeout(30):
                    closes = await self._read(reader, asked)
            except (Cut, ConnectionResetError) as error:
                # asyncio may drop what came before a reset.
                closes = True
                self.counts["cut"] += 1
                if not any(response.mutations or response.is_slow() for response, _ in asked.deliveries):
                    self.fail(f"{asked}: cut without a reason: {error!r}")
            except Malformed as error:
                closes = True
                self.fail(f"{asked}: {error}")
            except TimeoutError:
                closes = True
                self.fail(f"{asked}: no response within 30 s")
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                closes = True
                self.fail(f"{asked}: closed without a response: {error!r}")
                await asyncio.sleep(0.1)
            else:
                if complaint := self._complaint(asked, accepts):
                    self.fail(f"{asked}: {complaint}")
            self.counts["responses"] += 1
            asked.is_over = True
            while len(self.asked) > 5000 and next(iter(self.asked.values())).is_over:
                del self.asked[next(iter(self.asked))]
            if closes and writer:
                writer.close()
                writer = None
        if writer:
            writer.close()

    def _next(self):
        self.number += 1
        [(method, path, _)] = self.random.choices(LINES, WEIGHTS)
        asked = Asked(f"soak-{self.number:08}", self.random.choice(self.tenants), method, path.format(job=f"job-{self.number}"))
        self.asked[asked.track] = asked
        self.recent.append(asked.track.encode())
        accepts = self.random.random() < 0.5
        head = f"{method} {asked.path} HTTP/1.1\r\nHost: soak\r\nX-Zuora-Tenant: {asked.tenant}\r\nZuora-Track-Id: {asked.track}\r\n"
        if accepts:
            head += "Accept-Encoding: gzip\r\n"
        if method != "POST":
            return asked, head.encode() + b"\r\n", accepts
        body = b'{"queries":[]}' + b" " * self.random.choice((0, 3000, 400_000))
        return asked, (head + f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body, accepts

    async def _read(self, reader, asked):
        """Parses strictly. Returns whether the connection closes."""
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head[:-4].split(b"\r\n")
        match = re.fullmatch(rb"HTTP/1\.1 ([2-5]\d\d) [\t\x20-\x7e\x80-\xff]*", lines[0])
        if not match:
            raise Malformed(f"a status line {lines[0][:100]}")
        for line in lines[1:]:
            if not re.fullmatch(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*", line):
                raise Malformed(f"a field line {line[:100]}")
        fields = [(name, value.strip(b" \t")) for name, _, value in (line.partition(b":") for line in lines[1:])]
        status = int(match.group(1))
        asked.fields = fields
        lengths = [value for name, value in fields if name.lower() == b"content-length"]
        codings = [value for name, value in fields if name.lower() == b"transfer-encoding"]
        if len(lengths) + len(codings) > 1 or codings not in ([], [b"chunked"]) or not all(value.isdigit() for value in lengths):
            raise Malformed(f"framed by {lengths} {codings}")
        body = bytearray()
        try:
            if status in (204, 304):
                pass
            elif codings:
                while size := int(await reader.readuntil(b"\r\n"), 16):
                    body += await reader.readexactly(size)
                    if await reader.readexactly(2) != b"\r\n":
                        raise Malformed("a chunk without its end")
                if await reader.readexactly(2) != b"\r\n":
                    raise Malformed("trailers")
            elif lengths:
                body += await reader.readexactly(int(lengths[0]))
            else:
                body += await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            raise Cut from error
        asked.status, asked.body = status, bytes(body)
        return (asked.field(b"connection") or b"").lower() == b"close" or not (lengths or codings or status in (204, 304))

    # Checks

    def _complaint(self, asked, accepts):
        tracks = [value for name, value in asked.fields if name.lower() == b"zuora-track-id"]
        if tracks != [asked.track.encode()]:
            return f"the track id is {tracks}"
        is_sound = all(not response.mutations for response, _ in asked.deliveries)
        if asked.field(b"content-type") == b"application/problem+json":
            self.counts["problems"] += 1
            problem = json.loads(asked.body)
            kind = problem["type"].rsplit(":", 1)[-1]
            self.counts[f"problem {kind}"] += 1
            # Zuora executes nothing that it refuses for its load or for the token.
            refused = all(seen.status in (401, 429) or any(b"90000011" in body for body in seen.bodies()) for _, seen in asked.deliveries)
            if problem.get("may_have_reached_zuora") is False and not refused:
                return "says that Zuora did not execute it"
            # A request that is not idempotent may fail on a connection that a mutated response has broken.
            if asked.deliveries and is_sound and asked.method == "GET" and not kind.startswith("timeout-"):
                return "refused, although what was sent was sound"
            return None
        self.counts["relayed"] += 1
        if asked.field(b"gateway-outcome") == b"cancelled" and not any(b"cancel" in body for _, seen in asked.deliveries for body in seen.bodies()):
            return "says cancelled, but no response did"
        return self._relayed(asked)

    @staticmethod
    def _relayed(asked):
        """Compares with each response that was sent for the request."""
        got = asked.body
        encoding = (asked.field(b"content-encoding") or b"").lower()
        decoded = gunzip(got) if encoding.endswith(b"gzip") else None
        names = {name.lower() for name, _ in asked.fields}
        if names & NEVER:
            return f"passed on {names & NEVER}"
        reasons = []
        for _, seen in asked.deliveries:
            bodies = seen.bodies()
            if seen.status != asked.status:
                reasons.append("another status")
            elif not bodies:
                reasons.append("what was sent was not whole")
            elif got not in bodies and (decoded is None or decoded not in bodies):
                reasons.append("another content")
            else:
                sent = {(name.lower(), value) for name, value in seen.fields}
                odd = [field for field in asked.fields if field[0].lower() not in OWN and (field[0].lower(), field[1]) not in sent]
                if not odd:
                    return None
                reasons.append(f"fields that were not sent: {odd}")
        return f"relayed what was not sent: {reasons or 'nothing was sent'}"

    # The stage

    async def run(self, folder):
        self.folder = folder
        api, admin, port = scene.free_ports(3)
        self.api, self.admin, self.port = api, admin, port
        self.upstream = Upstream(self, self.arguments.seed)
        server = await asyncio.start_server(self.upstream.serve, "127.0.0.1", port, limit=1 << 20)
        self.renew()
        self.log = open(folder / "log", "w")
        self.access = open(folder / "access", "a")
        self.gateway = subprocess.Popen([self.arguments.program, "run", "--config", folder / "proxy.conf"], stdout=self.access, stderr=self.log)
        try:
            await asyncio.to_thread(scene.wait_for, api, self.gateway)
            await self.mutate()
            if self.gateway.poll() is None:
                await self.recover()
        finally:
            server.close()
            if self.gateway.poll() is None:
                self.gateway.kill()
            self.gateway.wait()

    def renew(self):
        """Writes a configuration with new tenants, which have not seen a mutated response."""
        self.generation += 1
        names = [f"t{self.generation}-{number}" for number in range(TENANTS)]
        text = GATEWAY.format(api=self.api, admin=self.admin)
        # The previous ones are in use until the reload is done.
        for number, name in enumerate(self.tenants + names):
            text += TENANT.format(name=name, upstream=self.port, gzip=("auto", "always", "never")[number % 3])
        (self.folder / "proxy.conf").write_text(text)
        self.renewed = names

    async def reload(self):
        self.renew()
        self.gateway.send_signal(signal.SIGHUP)
        end = time.monotonic() + 20
        while f'tenant="{self.renewed[0]}"' not in await asyncio.to_thread(self.metrics):
            if time.monotonic() > end:
                raise scene.Failure("the gateway did not reload within 20 s")
            await asyncio.sleep(0.05)
        self.tenants = self.renewed

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics", timeout=10) as response:
            return response.read().decode()

    async def mutate(self):
        self.tenants = self.renewed
        tasks = [asyncio.create_task(self.call(self.api)) for _ in range(self.arguments.connections)]
        begin = said = renewed = time.monotonic()
        while (now := time.monotonic()) - begin < self.arguments.seconds and self.gateway.poll() is None and len(self.failures) < 200:
            await asyncio.sleep(0.5)
            if now - renewed > GENERATION:
                await self.reload()
                renewed = now
                # Only the lines about failures are needed.
                if not self.failures:
                    self.access.truncate(0)
            if now - said > 10:
                said = now
                print(f"{now - begin:6.0f} s  {self.counts['responses']} responses, {self.counts['relayed']} relayed, {self.counts['problems']} problems, "
                      f"{self.counts['cut']} cut, {sum(self.upstream.faults.values())} faults, {len(self.failures)} failures", flush=True)
        self.is_over = True
        if tasks:
            await asyncio.wait(tasks, timeout=45)
        if self.gateway.poll() is not None:
            self.fail(f"the gateway ended with {self.gateway.returncode}")

    async def recover(self):
        """Without mutations, and with tenants that have not seen one."""
        self.upstream.is_sound = True
        await self.reload()
        # Until every worker has the new configuration.
        await asyncio.sleep(0.5)
        self.is_over = False
        before = self.counts["problems"], self.counts["relayed"], self.counts["cut"]
        tasks = [asyncio.create_task(self.call(self.api)) for _ in range(8)]
        await asyncio.sleep(3)
        self.is_over = True
        await asyncio.wait(tasks, timeout=45)
        after = self.counts["problems"], self.counts["relayed"], self.counts["cut"]
        if after[0] > before[0] or after[2] > before[2] or after[1] <= before[1]:
            self.fail(f"with a sound upstream: {after[0] - before[0]} problems, {after[1] - before[1]} relayed, {after[2] - before[2]} cut")
        end, left = time.monotonic() + 20, {"?": "?"}
        while left and time.monotonic() < end:
            await asyncio.sleep(0.3)
            found = re.findall(r"^zuora_gateway_((?:requests_in_flight|requests_queued|requests_under_way|held_body_bytes|client_connections)\S*) (\S+)$",
                               await asyncio.to_thread(self.metrics), re.M)
            left = {name: value for name, value in found if value != "0" and "_total" not in name}
        if left:
            self.fail(f"left over after the last request: {left}")
        self.gateway.send_signal(signal.SIGTERM)
        try:
            code = await asyncio.to_thread(self.gateway.wait, 45)
            if code not in (0, 143):
                self.fail(f"the drained gateway ended with {code}")
        except subprocess.TimeoutExpired:
            self.fail("the gateway does not end")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--program", default=".build/release/zuora-gateway")
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    if arguments.seed is None:
        arguments.seed = random.randrange(1 << 32)
    print(f"seed {arguments.seed}")
    soak = Soak(arguments)
    with scene.working_directory() as folder:
        asyncio.run(soak.run(folder))
        if soak.failures:
            print("".join((folder / "log").read_text().splitlines(keepends=True)[-10:]), file=sys.stderr)
            failed = {track for text in soak.failures[:30] for track in re.findall(r"soak-\d{8}", text)}
            print("".join(line for line in open(folder / "access") if failed & set(re.findall(r"soak-\d{8}", line))), file=sys.stderr)
    for name, count in sorted(soak.counts.items()):
        print(f"{count:9} {name}")
    print(f"{sum(soak.upstream.faults.values())} faults of {len(soak.upstream.faults)} kinds, {soak.generation} generations of tenants")
    if soak.failures:
        raise scene.Failure(f"{len(soak.failures)} failures")


scene.main("mutated", main)
