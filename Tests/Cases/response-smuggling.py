#!/usr/bin/env python3
"""A response whose end is ambiguous, or that has bytes behind its end, is either framed exactly as RFC 9112 section 6.3 says or rejected with a
502, and its connection is never used again: over TCP and over TLS, the next caller always gets its own response. docs/upstream.md has the table.
"""

import json
import ssl
import subprocess
import threading

from support import Gateway, Upstream, check, directory, finish

JSON = b"Content-Type: application/json\r\n"
SETTINGS = '\nroutes = ["aqua.get"]\nbreaker = false\nretry = { attempts = 1 }'
BROKEN = "502 upstream-answer-broken"
# What was smuggled: a complete response that a gateway with other framing would hand to the next caller.
SMUGGLED = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{"id":"SMUGGLED"}'


def head(fields, line=b"HTTP/1.1 200 OK"):
    return line + b"\r\n" + JSON + fields + b"\r\n"


# What the upstream sends, the method, and what the caller gets: a status with the content or the problem type.
TABLE = {
    "two different Content-Lengths": (head(b"Content-Length: 2\r\nContent-Length: 80\r\n") + b"{}" + SMUGGLED, "GET", BROKEN),
    "a list of different Content-Lengths": (head(b"Content-Length: 2, 80\r\n") + b"{}" + SMUGGLED, "GET", BROKEN),
    "a Content-Length with a sign": (head(b"Content-Length: +2\r\n") + b"{}" + SMUGGLED, "GET", BROKEN),
    "Content-Length and chunked": (head(b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n") + b"2\r\n{}\r\n0\r\n\r\n", "GET", "200 {}"),
    "Content-Length and chunked, with a response behind": (
        head(b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n") + b"2\r\n{}\r\n0\r\n\r\n" + SMUGGLED, "GET", "200 {}"),
    "chunked twice": (head(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + b"0\r\n\r\n" + SMUGGLED, "GET", BROKEN),
    "chunked behind another coding": (head(b"Transfer-Encoding: gzip, chunked\r\n") + b"0\r\n\r\n" + SMUGGLED, "GET", BROKEN),
    "chunked not last": (head(b"Transfer-Encoding: chunked, identity\r\n") + b"0\r\n\r\n" + SMUGGLED, "GET", BROKEN),
    "a transfer coding that only resembles chunked": (head(b"Transfer-Encoding: xchunked\r\n") + b"0\r\n\r\n" + SMUGGLED, "GET", BROKEN),
    "chunked in HTTP/1.0": (
        head(b"Transfer-Encoding: chunked\r\n", b"HTTP/1.0 200 OK") + b"2\r\n{}\r\n0\r\n\r\n" + SMUGGLED, "GET", BROKEN),
    "a space before a colon": (head(b"Content-Length : 2\r\n") + b"{}" + SMUGGLED, "GET", "200 {}"),
    "a chunk size that overflows": (head(b"Transfer-Encoding: chunked\r\n") + b"10000000000000002\r\n{}\r\n0\r\n\r\n", "GET", BROKEN),
    "bytes behind 204": (b"HTTP/1.1 204 No Content\r\n\r\n" + SMUGGLED, "GET", "204 "),
    "bytes behind 304": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n" + SMUGGLED, "GET", "304 "),
    "content behind the head of a response to HEAD": (head(b"Content-Length: 17\r\n") + b'{"id":"SMUGGLED"}' + SMUGGLED, "HEAD", "200 "),
    "a response behind Content-Length": (head(b"Content-Length: 2\r\n") + b"{}" + SMUGGLED, "GET", "200 {}"),
    "a response behind the last chunk": (head(b"Transfer-Encoding: chunked\r\n") + b"2\r\n{}\r\n0\r\n\r\n" + SMUGGLED, "GET", "200 {}"),
    "one byte behind the content": (head(b"Content-Length: 2\r\n") + b"{}\n", "GET", "200 {}"),
    "a flood of interim responses": (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 6000 + SMUGGLED, "GET", BROKEN),
    "101 that nobody asked for": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + SMUGGLED, "GET", BROKEN),
    "NUL in a field": (head(b"A: b\0c\r\nContent-Length: 2\r\n") + b"{}", "GET", BROKEN),
    "bare LF": (b"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 2\n\n{}", "GET", BROKEN),
    "bare CR": (head(b"A: b\rContent-Length: 80\r\nContent-Length: 2\r\n") + b"{}", "GET", BROKEN),
    "a head without end": (b"HTTP/1.1 200 OK\r\n" + b"".join(b"A%d: %s\r\n" % (n, b"x" * 1000) for n in range(200)), "GET", BROKEN),
    "a field line without end": (b"HTTP/1.1 200 OK\r\nA: " + b"x" * 140_000, "GET", BROKEN),
}


def tls_context():
    key, certificate = directory / "upstream.key", directory / "upstream.crt"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


def suite(protocol, tls, tenant):
    # The requests of each connection, in their order.
    served, lock = {}, threading.Lock()

    def script(request, number):
        name = request.target.rsplit("/", 1)[1]

        def write(connection):
            with lock:
                served.setdefault(connection, []).append(name)
            if name.startswith("row-"):
                connection.sendall(list(TABLE.values())[int(name[4:])][0])
            else:
                content = json.dumps({"id": name, "status": "completed"}).encode()
                connection.sendall(head(b"Content-Length: %d\r\n" % len(content)) + content)
        return write

    gateway = Gateway(Upstream(script, tls=tls), tenant=tenant + SETTINGS)
    for index, (row, (_, method, expected)) in enumerate(TABLE.items()):
        response = gateway.call(method, f"/v1/batch-query/jobs/row-{index}")
        rest = response.json().get("type", "").rpartition(":")[2] if response.status == 502 else response.content.decode("latin1")
        seen = f"{response.status} {rest}"
        check(f"{protocol}, {row}: the caller gets {expected}", seen == expected, (seen, response.data[:200]))
        for name in (f"next-{index}", f"next-but-one-{index}"):
            response = gateway.call("GET", f"/v1/batch-query/jobs/{name}")
            check(f"{protocol}, {row}: {name} gets its own response", response.json().get("id") == name, response.data[:200])
        last = next(names for names in served.values() if f"row-{index}" in names)[-1]
        check(f"{protocol}, {row}: the connection is never used again", last == f"row-{index}" or row == "Content-Length and chunked", last)


suite("TCP", None, "")
context, certificate = tls_context()
suite("TLS", context, f'ca_file = "{certificate}"')
finish()
