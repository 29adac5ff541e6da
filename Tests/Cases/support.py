"""Shared by all cases: an upstream that can be scripted to misbehave, the gateway as a process with a client, and checks."""

import atexit
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from ports import free_ports  # noqa: E402

JOB = "2c90839d46f936820146fd4ef77a1eb6"
JOB_PATH = f"/v1/batch-query/jobs/{JOB}"
ENTITIES = ["11e643f4-a3ee-8bad-b061-0025904c57d6", "22f754a5-b4ff-9cbe-a172-1136a15d68e7"]
JSON = {"Content-Type": "application/json"}
OAUTH = 'client_id = "0b7c1c7e-5b7e-4c1e-9d55-0123456789ab"\nclient_secret = {{ file = "{secret}" }}'
TOKEN = 'token = {{ file = "{secret}" }}'
CONFIGURATION = """
[gateway]
listen = ["127.0.0.1:{port}"]
admin = "127.0.0.1:{admin}"
{gateway}

{sections}

[tenants.acme]
upstream = "{upstream}"
{credentials}
entity = "one"
entities = {{ one = "{one}", two = "{two}" }}
{tenant}
"""

directory = pathlib.Path(tempfile.mkdtemp(prefix="zuora-gateway-case-"))
atexit.register(shutil.rmtree, directory, ignore_errors=True)
# Handlers at exit end the gateway, so a case that is terminated has to leave by sys.exit.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def program():
    """The gateway's executable: the argument, or the executable in that directory, or else the latest optimized build."""
    root = pathlib.Path(__file__).resolve().parents[2]
    builds = [root / build / "release" / "zuora-gateway" for build in (".build-shipped", ".build")]
    candidates = [pathlib.Path(argument) for argument in sys.argv[1:]] or [build for build in builds if build.is_file()]
    if not sys.argv[2:] and candidates:
        path = max(candidates, key=lambda each: each.stat().st_mtime if each.exists() else 0)
        path = path / "zuora-gateway" if path.is_dir() else path
        if os.access(path, os.X_OK):
            return str(path.resolve())
        print(f"{path} is not an executable; `make shipped` or `swift build -c release` builds one", file=sys.stderr)
    print(f"usage: {sys.argv[0]} [PATH_OF_zuora-gateway]", file=sys.stderr)
    sys.exit(64)


def in_background(function, *arguments):
    thread = threading.Thread(target=function, args=arguments, daemon=True)
    thread.start()
    return thread


def first(fields, name):
    """The first value of a field, or None."""
    return next((value for each, value in fields if each.lower() == name.lower()), None)


def job(status="cancelled"):
    """An AQuA job, as the upstream's content."""
    batch = {
        "name": "Invoice", "message": "", "query": "select Id from Invoice", "status": status, "recordCount": 10, "batchId": "a" * 32,
        "batchType": "zoqlexport",
    }
    return json.dumps({
        "name": "nightly", "id": JOB, "version": "1.1", "format": "CSV", "status": status, "encrypted": "none", "batches": [batch],
    }).encode()


class Reader:
    """What arrives on a connection. Unlike a file of the socket, it does not keep the socket open once a script closes it."""

    def __init__(self, connection):
        self.connection, self.buffer = connection, b""

    def receive(self):
        data = self.connection.recv(1 << 20)
        if not data:
            raise EOFError
        self.buffer += data

    def until(self, delimiter):
        while delimiter not in self.buffer:
            self.receive()
        data, _, self.buffer = self.buffer.partition(delimiter)
        return data

    def exactly(self, count):
        while len(self.buffer) < count:
            self.receive()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data


class Request:
    """A request as the upstream received it."""

    def __init__(self, reader):
        line, *lines = reader.until(b"\r\n\r\n").decode("latin1").split("\r\n")
        self.method, self.target, self.version = line.split(" ")
        self.fields = [(name, value.strip()) for name, _, value in (each.partition(":") for each in lines)]
        if (self.get("expect") or "").lower() == "100-continue":
            reader.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in (self.get("transfer-encoding") or "").lower():
            self.content = b""
            while size := int(reader.until(b"\r\n").split(b";")[0], 16):
                self.content += reader.exactly(size)
                reader.exactly(2)
            reader.exactly(2)
        else:
            self.content = reader.exactly(int(self.get("content-length") or 0))

    def get(self, name):
        return first(self.fields, name)

    def all(self, name):
        return [value for each, value in self.fields if each.lower() == name.lower()]


class Upstream:
    """An emulation of Zuora, with a token endpoint.

    `script(request, number)` is called for each API request, with how many the same method and target had so far. It returns a response
    (status, fields, content), a function that writes to the connection itself, or None for the usual response: 200 with a cancelled job,
    or 401 for a token that this upstream has not issued. `token_script` does the same for the token endpoint.
    """

    def __init__(self, script=None, token_script=None, tls=None, accepts_any_token=False):
        self.script, self.token_script, self.tls, self.accepts_any_token = script, token_script, tls, accepts_any_token
        # All API requests in their order, and how many token calls there were.
        self.requests, self.token_calls = [], 0
        self.tokens, self.counts, self.lock = set(), {}, threading.Lock()
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.socket.getsockname()[1]
        self.url = f"https://localhost:{self.port}" if tls else f"http://127.0.0.1:{self.port}"
        in_background(self.accept)

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            in_background(self.serve, connection)

    def close(self):
        self.socket.close()

    def serve(self, connection):
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            reader = Reader(connection)
            while True:
                request = Request(reader)
                response = self.respond(request)
                if callable(response):
                    response(connection)
                else:
                    connection.sendall(self.encoded(request, *response))
        except (EOFError, OSError, ValueError):
            pass
        finally:
            connection.close()

    def respond(self, request):
        if request.target == "/oauth/token":
            with self.lock:
                self.token_calls += 1
                number = self.token_calls
            return self.token_script and self.token_script(request, number) or self.issue(number)
        with self.lock:
            self.requests.append(request)
            key = request.method, request.target
            number = self.counts[key] = self.counts.get(key, 0) + 1
        if response := self.script and self.script(request, number):
            return response
        if not self.accepts_any_token and (request.get("authorization") or "").removeprefix("Bearer ") not in self.tokens:
            return 401, JSON, b'{"message":"Authentication error"}'
        return 200, JSON | {"Zuora-Request-Id": "7b1d1d4b-1111-4222-8333-444455556666"}, job()

    def issue(self, number):
        token = f"token-{number:04}-" + "f" * 24
        with self.lock:
            self.tokens.add(token)
        return 200, JSON, token_response(token)

    @staticmethod
    def encoded(request, status, fields, content):
        fields = {"Content-Length": len(content)} | fields
        if track := request.get("zuora-track-id"):
            fields = {"Zuora-Track-Id": track} | fields
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode("latin1") + (content if request.method != "HEAD" else b"")


def token_response(token):
    scope = " ".join(["user.x", "tenant.1", *(f"entity.{entity}" for entity in ENTITIES)])
    return json.dumps({"access_token": token, "token_type": "bearer", "expires_in": 3599, "scope": scope, "jti": "j"}).encode()


class Gateway:
    """The gateway before an upstream, for tenant acme. Takes more lines for the sections gateway and tenants.acme, and whole sections."""

    numbers = itertools.count()

    def __init__(self, upstream, gateway="", tenant="", sections="", credentials=OAUTH, entity=ENTITIES[0], waits=True):
        self.port, self.admin = free_ports(2)
        folder = directory / f"gateway-{next(self.numbers)}"
        folder.mkdir()
        secret, configuration, self.log = folder / "secret", folder / "proxy.conf", folder / "log"
        secret.touch(mode=0o600)
        secret.write_text("s3cr3t-" + "z" * 20 + "\n")
        configuration.write_text(CONFIGURATION.format(
            port=self.port, admin=self.admin, gateway=gateway, sections=sections, upstream=upstream.url, one=entity, two=ENTITIES[1],
            credentials=credentials.format(secret=secret), tenant=tenant))
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([program(), "run", "--config", configuration], stdout=log, stderr=log)
        atexit.register(self.stop)
        if waits:
            self.wait()

    def wait(self):
        """Waits until the gateway listens."""
        end = time.monotonic() + 10
        while time.monotonic() < end and self.is_running():
            try:
                return socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.02)
        sys.exit(f"the gateway does not listen: {self.log.read_text()[-300:]}")

    def is_running(self):
        return self.process.poll() is None

    def lines(self):
        """The access log's lines by track id, as lists."""
        lines = {}
        for text in self.log.read_text().splitlines():
            line = json.loads(text) if text.startswith("{") else {}
            if "track_id" in line:
                lines.setdefault(line["track_id"], []).append(line)
        return lines

    def resident(self):
        """MiB."""
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text())[1]) / 1024

    def stop(self):
        if self.is_running():
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        elif self.process.returncode < 0:
            print(f"the gateway ended by signal {-self.process.returncode}: {self.log.read_text()[-600:]}", flush=True)

    def connect(self, data=b"", timeout=10):
        """A connection on which the data has been sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout)
        connection.sendall(data)
        return connection

    def exchange(self, data, timeout=8, half_closes=False, method="GET"):
        """Sends the data on a new connection, and returns the response as far as it arrives."""
        received = b""
        try:
            with self.connect(data, timeout) as connection:
                if half_closes:
                    connection.shutdown(socket.SHUT_WR)
                while True:
                    data = connection.recv(1 << 20)
                    received += data
                    response = Response(received)
                    while 100 <= response.status < 200:
                        received = response.rest
                        response = Response(received)
                    if not data or response.is_complete or (response.status and method == "HEAD"):
                        break
        except OSError:
            pass
        return Response(received)

    def call(self, method="DELETE", path=JOB_PATH, content=None, tenant="acme", track="track-1", timeout=8):
        fields = {"Host": "gateway", "X-Zuora-Tenant": tenant, "Zuora-Track-Id": track}
        if content is not None:
            fields["Content-Length"] = len(content)
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        head = f"{method} {path} HTTP/1.1\r\n{lines}\r\n"
        return self.exchange(head.encode() + (content or b""), timeout, method=method)


class Response:
    """A response as far as it has arrived. Its status is 0 until its head is whole; it is complete when its framing says so."""

    def __init__(self, data):
        self.data, self.status, self.fields, self.content, self.is_complete = data, 0, [], b"", False
        head, end, self.rest = data.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin1").split("\r\n")
        if not end or not (match := re.match(r"HTTP/1\.[01] (\d{3})", line)):
            return
        self.status = int(match[1])
        self.fields = [(name, value.strip()) for name, _, value in (each.partition(":") for each in lines)]
        if "chunked" in (self.get("transfer-encoding") or "").lower():
            self.content, self.is_complete = dechunked(self.rest)
        elif (length := self.get("content-length")) is not None:
            self.content = self.rest[:int(length)]
            self.is_complete = len(self.content) == int(length)
        else:
            self.content, self.is_complete = self.rest, self.status in (204, 304)

    def get(self, name):
        return first(self.fields, name)

    def json(self):
        try:
            return json.loads(self.content)
        except ValueError:
            return {}


def dechunked(data):
    """The content of what has arrived in chunks, and whether the last chunk was there."""
    content = b""
    while True:
        line, end, data = data.partition(b"\r\n")
        try:
            size = int(line.split(b";")[0], 16)
        except ValueError:
            return content, False
        if not end or size == 0:
            return content, bool(end) and data.startswith(b"\r\n")
        content += data[:size]
        if data[size:size + 2] != b"\r\n":
            return content, False
        data = data[size + 2:]


def chunked(data, size):
    chunks = (data[start:start + size] for start in range(0, len(data), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


checks = []


def check(claim, holds, seen=""):
    """Prints whether the claim holds, and if not, what was seen instead."""
    checks.append(bool(holds))
    print(f"ok      {claim}" if holds else f"FAILED  {claim}: {str(seen)[:300]}", flush=True)


def finish():
    """Ends the case: with 0 only if every check held."""
    print(f"{sum(checks)} of {len(checks)} checks hold", flush=True)
    sys.exit(0 if checks and all(checks) else 1)
