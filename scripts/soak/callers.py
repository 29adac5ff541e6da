"""Callers of all kinds, each of which keeps its connection as long as possible."""

import asyncio
import hashlib
import itertools
import random
import time

from truth import Asked

JOB = b'{"name":"executing=10s","format":"csv","queries":[{"name":"q","query":"select Id from Account"}]}'
FILE = "file-256KiB"
ENTITY = {"acme": "emea", "globex": None}

# How often, what, of which job, and how it is put. `{n}` makes it one that no other request knows of.
MIX = [
    (40, "cancel", "executing.{n}", "DELETE /v1/batch-query/jobs/{job}"),
    (5, "cancel", "executing.{n}", "DELETE /query/jobs/{job}"),
    (4, "cancel", "done", "DELETE /v1/batch-query/jobs/{job}"),
    (4, "cancel", "cancelled.{n}", "DELETE /v1/batch-query/jobs/{job}"),
    (4, "cancel", "unknown", "DELETE /v1/batch-query/jobs/{job}"),
    (20, "get", "executing", "GET /v1/batch-query/jobs/{job}"),
    (6, "submit", "-", "POST /v1/batch-query"),
    (5, "file", FILE, "GET /v1/files/{job}"),
    (2, "refused", "-", "GET /v1/orders/1"),
    (2, "refused", "-", "GET /v1/batch-query/jobs/.."),
]
WEIGHTS = [row[0] for row in MIX]
# Of a hundred callers so many leave before they have their answer.
LEAVING = 3


class Cut(Exception):
    """The connection ended in the middle of a response."""


class Callers:
    def __init__(self, port, truth):
        self.port = port
        self.truth = truth
        self.numbers = itertools.count()
        self.answers = 0
        self.is_over = self.is_draining = False
        self.failures = truth.failures

    async def run(self):
        reader = writer = None
        while not self.is_over:
            asked, request = self._next()
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
                writer.write(request)
                if random.randrange(100) < LEAVING:
                    await asyncio.sleep(random.random() * 0.01)
                    asked.left = True
                    writer.transport.abort()
                    writer = None
                else:
                    async with asyncio.timeout(40):
                        if await self._read(reader, asked):
                            writer.close()
                            writer = None
            except ConnectionRefusedError:
                if not self.is_draining:
                    self.failures.append("the listener is gone")
                return
            except TimeoutError:
                self.failures.append(f"{asked}: no answer in 40 s")
                writer = None
            except Cut:
                asked.cut = True
                writer = None
            except (ConnectionError, asyncio.IncompleteReadError):
                # An idle connection may close while a request is on its way, when the gateway drains.
                if not self.is_draining:
                    self.failures.append(f"{asked}: closed without an answer")
                asked.left = True
                writer = None
            asked.ended = time.monotonic()
            self.answers += 1
            self.truth.add(asked)
        if writer:
            writer.close()

    def _next(self):
        number = next(self.numbers)
        [(_, kind, job, line)] = random.choices(MIX, WEIGHTS)
        tenant = random.choice(("acme", "globex"))
        job = job.format(n=f"{tenant}-{number}")
        asked = Asked(f"soak-{number}", tenant, kind, job)
        head = f"{line.format(job=job)} HTTP/1.1\r\nHost: soak\r\nX-Zuora-Tenant: {tenant}\r\nZuora-Track-Id: {asked.track}\r\n"
        if random.random() < 0.5:
            head += "Accept-Encoding: gzip;q=0\r\n"
        if kind != "submit":
            return asked, head.encode() + b"\r\n"
        # Some are too large to be kept for a repeat.
        body = JOB + b" " * random.choice((0, 0, 0, 3000, 400_000))
        return asked, (head + f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body

    async def _read(self, reader, asked):
        """Returns whether the connection closes."""
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        asked.fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines[1:])}
        if asked.fields.get(b"zuora-track-id", b"").decode() != asked.track:
            self.failures.append(f"{asked}: another's track id, or none")
        status = int(lines[0].split(b" ", 2)[1])
        digest = hashlib.sha256() if asked.kind == "file" and status == 200 else None
        body = bytearray()
        try:
            async for piece in self._pieces(reader, asked.fields):
                if digest:
                    digest.update(piece)
                else:
                    body += piece
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            asked.status = status
            raise Cut from error
        asked.status = status
        asked.outcome = asked.fields.get(b"gateway-outcome", b"").decode() or None
        asked.body = digest.digest() if digest else bytes(body)
        return asked.fields.get(b"connection", b"").lower() == b"close"

    @staticmethod
    async def _pieces(reader, fields):
        if fields.get(b"transfer-encoding") == b"chunked":
            while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
                yield await reader.readexactly(size)
                await reader.readexactly(2)
            await reader.readexactly(2)
        else:
            yield await reader.readexactly(int(fields.get(b"content-length", b"0")))
