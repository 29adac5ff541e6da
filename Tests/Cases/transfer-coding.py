#!/usr/bin/env python3
"""A response with a transfer coding other than chunked alone is a 502, because the gateway sends no TE. It is not decoded
either: in this case, 61 KB would become 60 MiB, for each of twenty callers that do not read.
"""

import gzip
import time

from support import Gateway, Upstream, check, chunked, finish

GET = b"GET /v1/files/x HTTP/1.1\r\nHost: gateway\r\nX-Zuora-Tenant: acme\r\n\r\n"
coded = gzip.compress(b"\0" * (60 << 20), 9)


def write(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" + chunked(coded, len(coded)))


gateway = Gateway(
    Upstream(lambda request, number: write if "files" in request.target else None), tenant='routes = ["files.get", "aqua.cancel"]')
gateway.call()
response = gateway.exchange(GET)
check("the response is a 502", response.status == 502, response.data)
before = gateway.resident()
connections = [gateway.connect(GET) for _ in range(20)]
time.sleep(3)
after = gateway.resident()
check("memory stays within 24 MiB", after - before < 24, (before, after))
finish()
