#!/usr/bin/env python3
"""Counts the instructions and the allocations that a request costs the gateway, and compares them with a budget.

A gateway under callgrind serves a fixed script of keep-alive requests, once MANY times and once FEW: the difference, divided by
the difference in requests, is what one request costs, without start and end. Unlike time, it hardly depends on the machine, though
it does on the versions of the C libraries.
"""

import argparse
import gzip
import json
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

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUDGET = HERE / "budget.json"
FEW, MANY = 40, 240
FAILS_ABOVE, SHOWN_FROM = 0.10, 0.03
# What takes memory from the heap; libcurl, zlib and OpenSSL count too.
ALLOCATORS = {"malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"}

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


class Upstream:
    """Answers every request with the same job, over connections that stay open."""

    def __init__(self, compresses):
        self.compresses = compresses
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        stream = connection.makefile("rb")
        packed = gzip.compress(JOB, mtime=0)
        while message := read_message(stream):
            first, fields, _ = message
            content, coding = (TOKEN, "") if b"/oauth/token" in first else (JOB, "")
            if content is JOB and self.compresses:
                content, coding = packed, "Content-Encoding: gzip\r\n"
            connection.sendall(
                f"HTTP/1.1 200 OK\r\nDate: Mon, 01 Jun 2026 00:00:00 GMT\r\nContent-Type: application/json\r\n{coding}"
                f"Content-Length: {len(content)}\r\n\r\n".encode() + content)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def configuration(upstream, port):
    return f"""
[gateway]
listen = ["127.0.0.1:{port}"]
admin = "off"
default_tenant = "acme"
landlock = false
seccomp = false

[tenants.acme]
upstream = "http://127.0.0.1:{upstream.port}"
client_id = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"
client_secret = "sandbox-secret"
entity = "emea"
routes = ["aqua.cancel", "aqua.submit"]
retry = {{ attempts = 1 }}

[tenants.acme.entities]
emea = "e20b0747-4688-4ad5-8014-68daf10e501d"
"""


def connect(port, process):
    for _ in range(1200):
        if process.poll() is not None:
            sys.exit("the gateway ended early")
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(0.1)
    sys.exit("the gateway did not start")


def calls(text, names):
    """How often functions were called, from callgrind's output."""
    functions, count, counts = {}, 0, False
    for line in text.splitlines():
        if line.startswith(("fn=", "cfn=")):
            number, _, name = line.partition("=")[2].partition(" ")
            if name:
                functions[number] = name
            counts = line.startswith("cfn=") and functions.get(number) in names
        elif line.startswith("calls=") and counts:
            count += int(line[6:].split()[0])
    return count


def counted(program, case, count, folder, keep):
    """Instructions and allocations of a run with so many requests."""
    method, path, fields, content = CASES[case]
    upstream = Upstream(compresses="gzip" in case)
    port = free_port()
    (folder / "proxy.conf").write_text(configuration(upstream, port))
    out = folder / "callgrind.out"
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "-q", program, "run", "--config", folder / "proxy.conf"]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log)
    try:
        connection = connect(port, process)
        stream = connection.makefile("rb")
        length = f"Content-Length: {len(content)}\r\n" if content else ""
        request = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{fields}{length}\r\n".encode() + content
        for _ in range(count):
            connection.sendall(request)
            first, answer, body = read_message(stream)
            if b" 200 " not in first:
                sys.exit(f"{case}: {first.decode().strip()} {body.decode(errors='replace')}")
            if answer.get(b"content-encoding") == b"gzip":
                body = gzip.decompress(body)
            if body != JOB:
                sys.exit(f"{case}: not the upstream's content")
        connection.close()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=120)
    text = out.read_text(errors="replace")
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        shutil.copy(out, keep / re.sub(r"\W+", "-", f"{case}-{count}"))
    return int(re.findall(r"^(?:totals|summary): (\d+)", text, re.M)[-1]), calls(text, ALLOCATORS)


def without_debug_information(program, folder):
    """valgrind does not read all of Swift's; the names of functions stay."""
    copy = folder / "zuora-gateway"
    subprocess.run(["objcopy", "--strip-debug", program, copy], check=True)
    return copy


def judge(name, kind, cost, allowed):
    """Prints a line; returns whether it is too much."""
    change = cost / allowed - 1 if allowed else 0
    verdict = "no budget" if not allowed else "TOO MUCH" if change > FAILS_ABOVE else "look at this" if change >= SHOWN_FROM else "ok"
    print(f"{name:24} {cost:9,} {kind} a request  {change:+7.1%}  {verdict}", flush=True)
    return change > FAILS_ABOVE


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=ROOT / ".build-shipped/release/zuora-gateway")
    parser.add_argument("--only", help="cases whose name contains this")
    parser.add_argument("--set-budget", action="store_true", help="write what is measured to budget.json")
    parser.add_argument("--keep", type=pathlib.Path, help="folder for callgrind's output, for callgrind_annotate")
    options = parser.parse_args()
    budget = json.loads(BUDGET.read_text()) if BUDGET.exists() else {}
    measured, failed = {}, False
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        program = without_debug_information(options.program, folder)
        for case in CASES:
            if options.only and options.only not in case:
                continue
            few, many = (counted(program, case, n, folder, options.keep) for n in (FEW, MANY))
            costs = [round((b - a) / (MANY - FEW)) for a, b in zip(few, many)]
            measured[case] = dict(zip(("instructions", "allocations"), costs))
            for kind, cost in measured[case].items():
                failed |= judge(case, kind, cost, budget.get(case, {}).get(kind))
    if options.set_budget:
        BUDGET.write_text(json.dumps(budget | measured, indent=4) + "\n")
    elif failed:
        sys.exit("more than 10 % above the budget: find out why, or set a new one with --set-budget")


if __name__ == "__main__":
    main()
