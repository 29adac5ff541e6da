#!/usr/bin/env python3
"""Measures what hostile or heavy callers cost the others: the memory that stalled bodies and heads hold, under the default
`limits.memory` of 256 MiB, and how long another tenant's requests take while large bodies are compressed for the upstream.

    Benchmarks/Pressure/run.sh [--program PATH]
"""

import argparse
import http.client
import os
import pathlib
import selectors
import shutil
import socket
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Benchmarks/Peers"))
import run as peers  # noqa: E402

STALLED_BODIES, BODY = 3_000, 255 << 10
STALLED_HEADS, HEAD = 8_000, 31 << 10
UPLOAD = b'{"name":"nightly","queries":[' + b'{"name":"q","query":"select Id, Name, Balance from Account"},' * 262_144
UPLOAD = UPLOAD[:16 << 20]


def upstream(folder, port):
    (folder / "upstream.conf").write_text(f"""
daemon off; master_process off; pid {folder}/upstream.pid; error_log /dev/null;
events {{ worker_connections 4096; }}
http {{
    access_log off; client_max_body_size 0; keepalive_requests 1000000000;
    client_body_temp_path {folder}/u1; proxy_temp_path {folder}/u2; fastcgi_temp_path {folder}/u3;
    uwsgi_temp_path {folder}/u4; scgi_temp_path {folder}/u5;
    server {{ listen 127.0.0.1:{port} backlog=1024; default_type application/json; location / {{ return 200 '{{}}'; }} }}
}}
""")
    return [shutil.which("nginx"), "-c", folder / "upstream.conf"]


def configuration(folder, port, upstream_port):
    tenants = "".join(f"""
[tenants.{name}]
upstream = "http://127.0.0.1:{upstream_port}"
token = {{ env = "BENCHMARK_SECRET" }}
routes = ["aqua.cancel", "aqua.get", "aqua.submit"]
concurrency = 250
""" for name in ("busy", "quiet"))
    path = folder / "proxy.conf"
    path.write_text(f"""
[gateway]
listen = ["127.0.0.1:{port}"]
admin = "off"
workers = 1
[limits]
connections = 12000
body = "32MiB"
{tenants}""")
    return path


class Peak(threading.Thread):
    """The largest resident memory of a process, in bytes, sampled every 50 ms."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.most, self.ends = process, 0, threading.Event()
        self.start()

    def run(self):
        while not self.ends.wait(0.05):
            self.most = max(self.most, peers.resident(self.process))

    def end(self):
        self.ends.set()
        self.join()
        return self.most


def exchange(port):
    """Seconds that one small request of the quiet tenant takes, on a connection of its own, and its status."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/v1/batch-query/jobs/2c92c0f86cbe335a016cbe5c2dcb0e7e", headers={"X-Zuora-Tenant": "quiet"})
        response = connection.getresponse()
        response.read()
        return time.monotonic() - began, response.status
    finally:
        connection.close()


def send_all(port, count, content, whole):
    """Sends the same bytes on many connections at once. Returns the connections, and how many were refused meanwhile.

    With `whole`, until each has had its response; otherwise until nothing more can be sent for three seconds.
    """
    selector = selectors.DefaultSelector()
    left = {}
    # All are accepted before any of them holds much.
    first = content.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in content else 100
    for _ in range(count):
        sock = socket.create_connection(("127.0.0.1", port))
        sock.sendall(content[:first])
        sock.setblocking(False)
        left[sock] = memoryview(content)[first:]
        selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
    time.sleep(0.5)
    sockets, refused, last = list(left), 0, time.monotonic()
    while selector.get_map() and time.monotonic() - last < (60 if whole else 3):
        for key, events in selector.select(0.1):
            sock = key.fileobj
            try:
                if events & selectors.EVENT_WRITE and left[sock]:
                    left[sock] = left[sock][sock.send(left[sock][:1 << 18]):]
                    last = time.monotonic()
                if events & selectors.EVENT_READ:
                    refused += b" 200 " not in sock.recv(65536)[:20]
                    selector.unregister(sock)
                    continue
                if not left[sock]:
                    selector.modify(sock, selectors.EVENT_READ)
            except BlockingIOError:
                continue
            except OSError:
                refused += 1
                selector.unregister(sock)
    return sockets, refused


def stalled(process, port, count, content):
    """Memory while so many callers have sent this and then send no more, and after they have gone."""
    peak = Peak(process)
    sockets, refused = send_all(port, count, content, whole=False)
    seconds, status = exchange(port)
    most = peak.end()
    for sock in sockets:
        sock.close()
    time.sleep(5)
    return most, refused, seconds, status, peers.resident(process)


def uploads(port, count, rounds):
    """Latencies of the quiet tenant while so many callers upload 16 MiB of JSON each, again and again, in seconds, sorted."""
    head = (f"POST /v1/batch-query HTTP/1.1\r\nHost: g\r\nX-Zuora-Tenant: busy\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(UPLOAD)}\r\n\r\n").encode()
    ends = threading.Event()
    latencies = []

    def ask():
        while not ends.is_set():
            latencies.append(exchange(port)[0])

    thread = threading.Thread(target=ask)
    thread.start()
    refused = 0
    for _ in range(rounds):
        sockets, more = send_all(port, count, head + UPLOAD, whole=True)
        refused += more
        for sock in sockets:
            sock.close()
    ends.set()
    thread.join()
    return sorted(latencies), refused


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=os.path.abspath, default=str(ROOT / ".build-shipped/release/zuora-gateway"))
    options = parser.parse_args()
    peers.lift_descriptor_limit()
    body = (f"POST /v1/batch-query HTTP/1.1\r\nHost: g\r\nX-Zuora-Tenant: busy\r\nContent-Length: {BODY + 1}\r\n\r\n").encode() + b" " * BODY
    head = (b"GET /v1/batch-query/jobs/1 HTTP/1.1\r\nHost: g\r\nX-Long: " + b"x" * HEAD)[:HEAD]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        upstream_port = peers.free_port()
        server = peers.start(upstream(folder, upstream_port), peers.OTHER_CORE, folder)
        os.sched_setaffinity(0, {peers.OTHER_CORE})
        try:
            peers.await_port(upstream_port, server, folder)
            for case in ("bodies", "heads", "uploads"):
                port = peers.free_port()
                process = peers.start([options.program, "run", "--config", configuration(folder, port, upstream_port)],
                                      peers.PROXY_CORE, folder)
                try:
                    peers.await_port(port, process, folder)
                    idle = peers.resident(process)
                    if case == "uploads":
                        for count, rounds in ((0, 5), (1, 20), (200, 1)):
                            latencies, refused = uploads(port, count, rounds)
                            p99 = latencies[len(latencies) * 99 // 100]
                            print(f"{count} uploads of 16 MiB ({refused} refused): another tenant's requests: "
                                  f"p50 {latencies[len(latencies) // 2] * 1e3:.1f} ms, p99 {p99 * 1e3:.1f} ms, "
                                  f"longest {latencies[-1] * 1e3:.1f} ms, of {len(latencies)}", flush=True)
                        continue
                    count, content = (STALLED_BODIES, body) if case == "bodies" else (STALLED_HEADS, head)
                    most, refused, seconds, status, after = stalled(process, port, count, content)
                    print(f"{count:,} stalled {case} of {len(content) >> 10} KiB: {idle / 1e6:.0f} MB before, {most / 1e6:.0f} MB at most, "
                          f"{after / 1e6:.0f} MB after; {refused:,} were refused; another tenant's request then got {status} in "
                          f"{seconds * 1e3:.1f} ms", flush=True)
                finally:
                    peers.stop(process)
        finally:
            peers.stop(server)


if __name__ == "__main__":
    main()
