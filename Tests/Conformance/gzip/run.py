"""Sends random content through the gateway in both directions, and checks with Python's gzip and curl that it arrives unchanged; then sends
every kind of broken stream, which must never look complete.

    Tests/Conformance/run.sh gzip [SEED]

Needs curl.
"""

import gzip
import http.client
import pathlib
import random
import subprocess
import sys
import tempfile
import zlib

import bad
import processes
import services
from expectations import check, finish
from upstream import Reply, Upstream, cut_up

CONFIGURATION = """
[gateway]
listen = ["127.0.0.1:0"]
admin = "off"
[limits]
body = "64MiB"
[[routes]]
name = "things.get"
method = "GET"
path = "/v1/things/{id}"
idempotent = true
[[routes]]
name = "things.put"
method = "PUT"
path = "/v1/things/{id}"
idempotent = false
"""
TENANT = """
[tenants.{mode}]
upstream = "http://127.0.0.1:{port}"
token = "static-token"
routes = ["files.get", "things.get", "things.put"]
gzip = {{ request = "{mode}", response = "{mode}" }}
retry = {{ attempts = 1 }}
breaker = false
"""
MODES = ("auto", "always", "never")
SIZES = [0, 1, 2, 999, 1000, 1001, 1024, 1025, 16383, 65535, 65536, 65537, 262143, 262144, 262145, 300_000, 1 << 20, (1 << 20) + 1, 5 << 20]
LARGE = 50 << 20


def content(rng, kind, size):
    if kind == "noise":
        return rng.randbytes(size)
    words = [rng.randbytes(rng.randrange(1, 12)).hex().encode() for _ in range(200)]
    text = bytearray()
    while len(text) < min(size, 4 << 20):
        text += b",".join(rng.choices(words, k=50)) + b"\n"
    return bytes(text * (size // max(len(text), 1) + 1))[:size]


def chunking(rng, size):
    """How a body is cut up: a name, and what gives the size of the next piece."""
    ways = [("whole", None), ("random", lambda: rng.randrange(1, 100_000)), ("64 KiB", lambda: 65536), ("65537", lambda: 65537)]
    if size <= 20_000:
        ways += [("single bytes", lambda: 1), ("small", lambda: rng.randrange(1, 9))]
    return rng.choice(ways)


def packed(rng, body):
    """The same as gzip, by one of several writers."""
    way = rng.randrange(4)
    if way == 0 and len(body) > 1:
        half = rng.randrange(1, len(body))
        return bad.member(body[:half], 1) + bad.member(body[half:], 9)
    if way == 1:
        packer = zlib.compressobj(rng.randrange(1, 10), zlib.DEFLATED, 31, rng.randrange(1, 10), rng.randrange(3))
        parts = []
        for piece in cut_up(body, lambda: rng.randrange(1, 200_000)):
            parts += [packer.compress(piece), packer.flush(rng.choice((zlib.Z_NO_FLUSH, zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH)))]
        return b"".join(parts) + packer.flush()
    return bad.member(body, rng.randrange(10))


def ask(port, mode, path, coding=None):
    """Status, fields and content; None for content that was cut."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    connection.putheader("X-Zuora-Tenant", mode)
    if coding:
        connection.putheader("Accept-Encoding", coding)
    connection.endheaders()
    try:
        try:
            answer = connection.getresponse()
        except ConnectionError:
            return 0, {}, None
        try:
            return answer.status, answer.headers, answer.read()
        except (http.client.IncompleteRead, ConnectionError):
            return answer.status, answer.headers, None
    finally:
        connection.close()


def responses(rng, upstream, port):
    cases = [(size, kind) for size in SIZES for kind in ("noise", "text") for _ in range(4)] + [(LARGE, "text"), (LARGE, "noise")]
    for size, kind in cases:
        body = content(rng, kind, size)
        mode, is_packed = rng.choice(MODES), rng.random() < 0.6
        sent = packed(rng, body) if is_packed else body
        name, pieces = chunking(rng, len(sent))
        framing = rng.choice(("length", "chunked", "close"))
        coding = rng.choice((None, "gzip", "x-gzip, identity;q=0.5", "gzip;q=0", "*", "br, deflate", "identity;q=0, gzip"))
        if coding == "identity;q=0, gzip" and mode == "never":
            coding = None
        upstream.reply = Reply(sent, "gzip" if is_packed else None, framing, pieces)
        path = rng.choice(("/v1/files/f", "/v1/things/t"))
        what = f"answer of {size} B {kind}, {'gzip' if is_packed else 'plain'} by {framing} in {name} pieces, {mode}, Accept-Encoding {coding}"
        status, fields, got = ask(port, mode, path, coding)
        check(f"{what}: {status}", status == 200 and got is not None)
        if got is None:
            continue
        is_coded = fields.get("Content-Encoding") == "gzip"
        check(f"{what}: other content", (gzip.decompress(got) if is_coded and got else got) == body)
        takes = bool(coding) and ("gzip" in coding and "gzip;q=0" not in coding or coding == "*")
        check(f"{what}: gzip for a caller that does not take it", takes or not is_coded)
        check(f"{what}: gzip though it is never wanted", mode != "never" or not is_coded)
        if is_packed and takes and mode != "never":
            check(f"{what}: not passed on as it came", got == sent)
        length = fields.get("Content-Length")
        check(f"{what}: Content-Length {length} for {len(got)}", length is None or int(length) == len(got))
        changed = is_coded != is_packed and bool(sent)
        check(f"{what}: ETag {fields['ETag']}", fields["ETag"] == ('W/"strong"' if changed else '"strong"'))
        check(f"{what}: Content-MD5", ("Content-MD5" in fields) != changed)
        check(f"{what}: no Vary", not (is_packed or changed) or "accept-encoding" in fields.get("Vary", "").lower())


def put(port, mode, body, coding, pieces):
    """Sends a body with its length, or in pieces as chunks. Returns status and content."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    fields = {"X-Zuora-Tenant": mode, "Content-Type": "text/csv", "Accept-Encoding": "identity"}
    if coding:
        fields["Content-Encoding"] = coding
    try:
        if pieces:
            connection.request("PUT", "/v1/things/t", cut_up(body, pieces), fields | {"Transfer-Encoding": "chunked"}, encode_chunked=True)
        else:
            connection.request("PUT", "/v1/things/t", body, fields)
    except (BrokenPipeError, ConnectionResetError):
        # Refused before all of it was sent: the answer is there.
        pass
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


def requests(rng, upstream, port):
    cases = [(size, kind) for size in SIZES for kind in ("noise", "text") for _ in range(4)] + [(LARGE, "text"), (LARGE, "noise")]
    upstream.reply = Reply(b"{}")
    for size, kind in cases:
        body = content(rng, kind, size)
        mode, is_packed = rng.choice(MODES), rng.random() < 0.5
        sent = packed(rng, body) if is_packed else body
        name, pieces = chunking(rng, len(sent))
        what = f"request of {size} B {kind}, {'gzip' if is_packed else 'plain'}, {name}, {mode}"
        upstream.body = None
        status, _ = put(port, mode, sent, "gzip" if is_packed else None, pieces)
        check(f"{what}: {status}", status == 200 and upstream.body is not None)
        if upstream.body is None:
            continue
        is_coded = upstream.fields.get("content-encoding") == "gzip"
        check(f"{what}: other content", (gzip.decompress(upstream.body) if is_coded else upstream.body) == body)
        check(f"{what}: coded: {is_coded}", is_coded == (mode != "never" and (is_packed or size > 1024)))
        if is_packed and mode != "never":
            check(f"{what}: not passed on as it came", upstream.body == sent)


def curl(rng, upstream, port, folder):
    """The same by a client that is not Python's."""
    for size in (0, 1, 5000, 1 << 20, LARGE):
        body = content(rng, "text", size)
        (folder / "body").write_bytes(body)
        for mode in MODES:
            for is_packed in (False, True):
                what = f"curl, {size} B, {'gzip' if is_packed else 'plain'}, {mode}"
                # curl does not know that a body may have several members.
                upstream.reply = Reply(bad.member(body) if is_packed else body, "gzip" if is_packed else None, "chunked", lambda: 70_000)
                run = subprocess.run(["curl", "-sS", "--fail", "--compressed", "-H", f"X-Zuora-Tenant: {mode}",
                                      f"http://127.0.0.1:{port}/v1/files/f"], capture_output=True, env=processes.environment())
                check(f"{what}: answer, {run.stderr.decode()}", run.returncode == 0 and run.stdout == body)
            upstream.reply, upstream.body = Reply(b"{}"), None
            run = subprocess.run(["curl", "-sS", "--fail", "-X", "PUT", "-T", "-", "-H", f"X-Zuora-Tenant: {mode}", "-H", "Content-Type: text/csv",
                                  f"http://127.0.0.1:{port}/v1/things/t"], stdin=open(folder / "body"), capture_output=True, env=processes.environment())
            is_coded = upstream.fields.get("content-encoding") == "gzip"
            got = gzip.decompress(upstream.body) if is_coded and upstream.body else upstream.body
            check(f"curl, {size} B, {mode}: request, {run.stderr.decode()}", run.returncode == 0 and got == body)


def refused(what, answer, is_large):
    """A broken answer: a problem while nothing was sent, a cut connection after."""
    status, fields, got = answer
    if is_large:
        check(f"{what}: looks whole ({status}, {len(got or b'')} B)", got is None or status == 502)
        return
    check(f"{what}: {status}", status == 502 and b"upstream-content-coding" in (got or b""))
    check(f"{what}: no Proxy-Status", "error=http_response_content_coding" in fields.get("Proxy-Status", ""))


def broken(rng, upstream, port):
    for size, is_large in ((2000, False), (8 << 20, True)):
        body = content(rng, "text", size)
        for name, stream in bad.streams(body).items():
            for framing in ("length", "chunked"):
                what = f"answer {name}, {size} B, {framing}"
                upstream.reply = Reply(stream, "gzip", framing, lambda: 30_000)
                refused(what, ask(port, "auto", "/v1/files/f"), is_large)
                status, fields, got = ask(port, "auto", "/v1/files/f", "gzip")
                check(f"{what}: not passed on as it is", status == 200 and got == stream and fields["Content-Encoding"] == "gzip")
            upstream.reply = Reply(b"{}")
            for pieces in (None, lambda: 30_000):
                upstream.body = None
                status, got = put(port, "never", stream, "gzip", pieces)
                check(f"request {name}, {size} B: {status}", status == 400 and b"bad-content-coding" in got)
                check(f"request {name}, {size} B: looks whole upstream", upstream.body is None)
        # Also truncated framing, whatever its content.
        upstream.reply = Reply(bad.member(body), "gzip", "chunked", lambda: 30_000, cut=True)
        for coding in (None, "gzip"):
            status, _, got = ask(port, "auto", "/v1/files/f", coding)
            check(f"answer cut by the upstream, {size} B, {coding}: looks whole", got is None or status == 502)
    bombs = {
        "beyond the ratio": (bad.bomb(64 << 20, bytes(1 << 20)), "/v1/files/f"),
        "beyond 256 MiB": (bad.bomb(257 << 20, content(rng, "text", 1 << 20)), "/v1/things/t"),
    }
    for name, (stream, path) in bombs.items():
        upstream.reply = Reply(stream, "gzip", "chunked", lambda: 65536)
        refused(f"answer {name}", ask(port, "auto", path), True)
    upstream.reply = Reply(b"{}")
    status, got = put(port, "never", bombs["beyond the ratio"][0], "gzip", None)
    check(f"request beyond the ratio: {status}", status == 413)
    upstream.reply = Reply(bombs["beyond 256 MiB"][0], "gzip", "length")
    status, _, got = ask(port, "auto", "/v1/files/f")
    check(f"a file beyond 256 MiB: {status}", status == 200 and got is not None and len(got) == 257 << 20)


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.randrange(10**6)
    rng, upstream = random.Random(seed), Upstream()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        tenants = "".join(TENANT.format(mode=mode, port=upstream.port) for mode in MODES)
        (folder / "gateway.conf").write_text(CONFIGURATION + tenants)
        with services.configured_gateway(folder / "gateway.conf") as port:
            responses(rng, upstream, port)
            requests(rng, upstream, port)
            curl(rng, upstream, port, folder)
            broken(rng, upstream, port)
    return finish(f"seed {seed}")


if __name__ == "__main__":
    sys.exit(main())
