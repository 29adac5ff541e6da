#!/usr/bin/env python3
"""Downloads the largest possible result file, 2047 MiB, through the gateway, with a caller that first reads 1 MiB per second and then at full
speed, and monitors the gateway's resident memory: it has to stay within 4 MiB, whether or not the content is recoded.

    scripts/memory.py [--seconds N] [--mebibytes N] [--program PATH]
"""

import argparse
import hashlib
import json
import pathlib
import re
import socket
import subprocess
import time
import urllib.request
import zlib

import scene

# What the upstream sends, and what the caller takes.
WAYS = {"identity": (False, "identity"), "gzip, passed on": (True, "gzip"), "gzip, inflated": (True, "identity")}
SLACK = 4096
LINE = 64 << 10
CONFIGURATION = """
[gateway]
listen = ["127.0.0.1:{api}"]
admin = "off"
[tenants.acme]
upstream = "http://127.0.0.1:{zuora}"
client_id = "{client[0]}"
client_secret = "{client[1]}"
entity = "{entity}"
routes = ["files.get"]
"""


def resident(process):
    """KiB."""
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{process.pid}/status").read_text()).group(1))


def no_answer():
    raise scene.Failure("no answer")


class Download:
    """One answer, read at the caller's pace."""

    def __init__(self, port, file, coding):
        self.socket = socket.socket()
        # A caller that reads slowly has little room, or the kernel would take the difference.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LINE)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(f"GET /v1/files/{file} HTTP/1.1\r\nHost: m\r\nX-Zuora-Tenant: acme\r\nAccept-Encoding: {coding}\r\n"
                            "Connection: close\r\n\r\n".encode())
        head, self.rest = b"", b""
        while b"\r\n\r\n" not in head:
            head += self.socket.recv(LINE) or no_answer()
        head, _, first = head.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise scene.Failure(head.decode(errors="replace"))
        self.is_chunked = b"transfer-encoding: chunked" in head.lower()
        self.is_gzip = b"content-encoding: gzip" in head.lower()
        self.inflater = zlib.decompressobj(31) if self.is_gzip else None
        self.is_over = False
        self.received = self.content = self.left = 0
        self.digest = hashlib.sha256()
        self.take(first)

    def read(self):
        """Reads once; returns whether there is more."""
        data = self.socket.recv(LINE)
        self.received += len(data)
        self.take(data)
        return bool(data)

    def take(self, data):
        if not self.is_chunked:
            return self.add(data)
        self.rest += data
        position = 0
        while not self.is_over:
            if self.left:
                piece = self.rest[position:position + self.left]
                if not piece:
                    break
                self.left -= len(piece)
                position += len(piece)
                # The line end after a chunk is counted with it.
                self.add(piece if self.left >= 2 else piece[:len(piece) - (2 - self.left)])
                continue
            end = self.rest.find(b"\r\n", position)
            if end < 0:
                break
            size = int(self.rest[position:end], 16)
            position = end + 2
            self.left = size + 2 if size else 0
            self.is_over = size == 0
        self.rest = self.rest[position:]

    def add(self, data):
        data = self.inflater.decompress(data) if self.inflater else data
        self.content += len(data)
        self.digest.update(data)


def watch(name, download, gateway, base, seconds):
    """Reads slowly for some seconds, then as fast as it goes. Returns the highest resident size of each part."""
    peaks, begin, sampled = [0, 0], time.monotonic(), 0.0
    more = True
    while more:
        now = time.monotonic() - begin
        slow = now < seconds
        if slow and download.received > now * (1 << 20):
            time.sleep(0.01)
        else:
            more = download.read()
        if now - sampled >= 0.1:
            sampled = now
            peaks[0 if slow else 1] = max(peaks[0 if slow else 1], resident(gateway))
            if slow:
                slow_bytes = download.received
    took = time.monotonic() - begin - seconds
    print(f"{name}: {base} KiB before, at most {peaks[0]} while slow ({slow_bytes >> 20} MiB in {seconds} s), at most {peaks[1]} at full speed "
          f"({(download.received - slow_bytes) / took / (1 << 20):.0f} MiB/s), {resident(gateway)} after", flush=True)
    return max(peaks)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=30, help="how long to read slowly")
    parser.add_argument("--mebibytes", type=int, default=2047)
    parser.add_argument("--program", default=".build/release/zuora-gateway")
    arguments = parser.parse_args()
    api, zuora = scene.free_ports(2)
    failures, digests = [], set()
    with scene.working_directory() as folder:
        (folder / "proxy.conf").write_text(CONFIGURATION.format(api=api, zuora=zuora, client=scene.CLIENTS["acme"], entity=scene.ENTITY))
        log = open(folder / "log", "w")
        sandbox = scene.start_sandbox(arguments.program, zuora, log)
        gateway = subprocess.Popen([arguments.program, "run", "--config", folder / "proxy.conf"], stdout=subprocess.DEVNULL, stderr=log)
        try:
            scene.wait_for(zuora, sandbox)
            scene.wait_for(api, gateway)
            for way, (compresses, coding) in WAYS.items():
                settings = json.dumps({"gzip": compresses}).encode()
                urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{zuora}/_sandbox/settings", settings), timeout=10).close()
                # What is allocated once is there after this.
                watch(f"{way}, to warm up", Download(api, "file-32MiB", coding), gateway, resident(gateway), 0.2)
                base = resident(gateway)
                download = Download(api, f"file-{arguments.mebibytes}MiB", coding)
                peak = watch(way, download, gateway, base, arguments.seconds)
                digests.add(download.digest.hexdigest())
                if download.is_gzip != (coding == "gzip") or download.content != arguments.mebibytes << 20:
                    failures.append(f"{way}: {download.content} bytes of content, gzip: {download.is_gzip}")
                if peak > base + SLACK:
                    failures.append(f"{way}: grew by {peak - base} KiB")
        finally:
            for process in (gateway, sandbox):
                process.kill()
                process.wait()
    if len(digests) != 1:
        failures.append("the content is not always the same")
    if failures:
        raise scene.Failure("; ".join(failures))


scene.main("memory", main)
