"""Runs the gateway under a tool such as callgrind, with an upstream, and sends it requests one after another over one connection."""

import gzip
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from ports import free_port  # noqa: E402

# Between requests. A request that arrives before the gateway waits for it saves a turn of the event loop, so that counts would vary.
PAUSE = 0.03

JOB = json.dumps({
    "id": "2c92c0f86cbe335a016cbe5c2dcb0e7e", "name": "nightly", "status": "cancelled", "format": "csv",
    "batches": [{"batchId": f"2c92c0f86cbe335a016cbe5c2dcb{n:04x}", "name": f"query-{n}", "status": "cancelled",
                 "query": "select Id, Name, Balance from Account"} for n in range(10)],
}, separators=(",", ":")).encode()
TOKEN = b'{"access_token":"0123456789abcdef0123456789abcdef","token_type":"bearer","expires_in":3598,"scope":"entity"}'
PATH = "/v1/batch-query/jobs/2c92c0f86cbe335a016cbe5c2dcb0e7e"
SUBMIT = b'{"name":"nightly","format":"csv","version":"1.2","queries":[{"name":"q","type":"zoqlexport","query":"select Id from Account"}]}'

# name: (method, path, fields of the caller, content)
CASES = {
    "cancel, identity": ("DELETE", PATH, "Accept-Encoding: identity;q=0.5, gzip;q=0\r\n", b""),
    "cancel, gzip inflated": ("DELETE", PATH, "", b""),
    "cancel, gzip passed on": ("DELETE", PATH, "Accept-Encoding: gzip\r\n", b""),
    "submit, gzip inflated": ("POST", "/v1/batch-query", "Content-Type: application/json\r\n", SUBMIT),
    "cancel over TLS, gzip inflated": ("DELETE", PATH, "", b""),
    "cancel over TLS, gzip passed on": ("DELETE", PATH, "Accept-Encoding: gzip\r\n", b""),
    # Limits are shared between workers: this is what that costs.
    "cancel over TLS, gzip inflated, two workers": ("DELETE", PATH, "", b""),
    # With tokens, slots and rates of the fleet in a store; without [fleet] nothing of it runs.
    "cancel over TLS, gzip inflated, fleet": ("DELETE", PATH, "", b""),
}


def read_message(stream):
    """Reads a message with a Content-Length, or none. Returns its first line, its fields and its content; None at the end."""
    first = stream.readline()
    if not first:
        return None
    fields = {}
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        fields[name.lower()] = value.strip()
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        content = b""
        while size := int(stream.readline(), 16):
            content += stream.read(size)
            stream.readline()
        stream.readline()
    else:
        content = stream.read(int(fields.get(b"content-length", 0)))
    return first, fields, content


def make_certificate(folder):
    """Creates a certificate authority and a certificate for localhost, unless a previous case has."""
    def openssl(*arguments):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        *arguments], check=True, capture_output=True, cwd=folder)
    if not (folder / "server.pem").exists():
        openssl("-subj", "/CN=Benchmark authority", "-keyout", "ca.key", "-out", "ca.pem")
        openssl("-CA", "ca.pem", "-CAkey", "ca.key", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "-addext", "basicConstraints=critical,CA:false", "-keyout", "server.key", "-out", "server.pem")


class Upstream:
    """Responds to every request with the same job, on connections that stay open. Each response is one write, and so one TLS record."""

    def __init__(self, folder, compresses, encrypts):
        self.compresses = compresses
        self.context = None
        if encrypts:
            make_certificate(folder)
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.minimum_version = ssl.TLSVersion.TLSv1_3
            self.context.load_cert_chain(folder / "server.pem", folder / "server.key")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.origin = f"{'https' if encrypts else 'http'}://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        if self.context:
            connection = self.context.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rb") as stream:
            packed = gzip.compress(JOB, mtime=0)
            while message := read_message(stream):
                first, fields, _ = message
                content, coding = (TOKEN, "") if b"/oauth/token" in first else (JOB, "")
                if content is JOB and self.compresses:
                    content, coding = packed, "Content-Encoding: gzip\r\n"
                connection.sendall(
                    f"HTTP/1.1 200 OK\r\nDate: Mon, 01 Jun 2026 00:00:00 GMT\r\nContent-Type: application/json\r\n{coding}"
                    f"Content-Length: {len(content)}\r\n\r\n".encode() + content)

    def close(self):
        self.listener.close()


class Store:
    """A Redis server that keeps nothing."""

    def __init__(self, folder):
        self.port = free_port()
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
            stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                return socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                time.sleep(0.05)
        sys.exit("redis-server did not start")

    def close(self):
        self.process.kill()
        self.process.wait()


def configuration(folder, upstream, port, workers, store):
    # Under a tool, the gateway reads replies late.
    fleet = f'[fleet]\nurl = "redis://127.0.0.1:{store.port}"\ntimeout = "5s"' if store else ""
    ca_file = f'ca_file = "{folder}/ca.pem"\nmin_tls = "1.3"' if upstream.context else ""
    return f"""
[gateway]
listen = ["127.0.0.1:{port}"]
workers = {workers}
admin = "off"
default_tenant = "acme"
landlock = false
seccomp = false
{fleet}
[tenants.acme]
upstream = "{upstream.origin}"
{ca_file}
client_id = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"
client_secret = "sandbox-secret"
entity = "emea"
routes = ["aqua.cancel", "aqua.submit"]
retry = {{ attempts = 1 }}
{'fleet_concurrency = 36' if store else ''}

[tenants.acme.entities]
emea = "e20b0747-4688-4ad5-8014-68daf10e501d"
"""


def connect(port, process, log):
    for _ in range(1200):
        if process.poll() is not None:
            sys.exit("the gateway ended early: " + log.read_text(errors="replace")[-1000:])
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(0.1)
    sys.exit("the gateway did not start")


def terminate(process):
    """Terminates the gateway, which is the process itself with valgrind, and its child with strace."""
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    for pid in children.read_text().split() or [process.pid]:
        os.kill(int(pid), signal.SIGTERM)
    process.wait(timeout=120)


def ours(program, case, folder, upstream, port, store):
    """The gateway's command, with a configuration for a case."""
    (folder / "proxy.conf").write_text(configuration(folder, upstream, port, 2 if "two workers" in case else 1, store))
    return [program, "run", "--config", folder / "proxy.conf"]


def serve(tool, program, case, count, folder, prepare=ours):
    """Runs the gateway, or what `prepare` configures, under a tool for a number of requests, and checks each response."""
    method, path, fields, content = CASES[case]
    upstream = Upstream(folder, compresses="gzip" in case, encrypts="TLS" in case)
    store = Store(folder) if "fleet" in case else None
    port = free_port()
    command = [*tool, *prepare(program, case, folder, upstream, port, store)]
    log = folder / "log"
    with open(log, "wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
    try:
        with connect(port, process, log) as connection, connection.makefile("rb") as stream:
            length = f"Content-Length: {len(content)}\r\n" if content else ""
            request = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{fields}{length}\r\n".encode() + content
            for _ in range(count):
                connection.sendall(request)
                first, response, body = read_message(stream) or sys.exit(f"{case}: the gateway closed the connection")
                if b" 200 " not in first:
                    sys.exit(f"{case}: {first.decode().strip()} {body.decode(errors='replace')}")
                if response.get(b"content-encoding") == b"gzip":
                    body = gzip.decompress(body)
                if body != JOB:
                    sys.exit(f"{case}: not the upstream's content")
                time.sleep(PAUSE)
    finally:
        if process.poll() is None:
            terminate(process)
        upstream.close()
        if store:
            store.close()
