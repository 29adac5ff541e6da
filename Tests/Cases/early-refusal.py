#!/usr/bin/env python3
"""A client that only reads after it has sent everything gets the 403 for an upload to a forbidden route, rather than a connection reset, which
it would take for a network failure and retry. Python's http.client, Node and Go work like this.
"""

import http.client
import time

from support import Gateway, Upstream, check, finish


def post(content, length):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    try:
        connection.request("POST", "/v1/batch-query", content, {"X-Zuora-Tenant": "acme", "Content-Length": str(length)})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    finally:
        connection.close()


def slowly():
    for _ in range(20):
        time.sleep(0.25)
        yield b"x" * (10 << 10)


upstream = Upstream()
gateway = Gateway(upstream, tenant='routes = ["aqua.cancel"]')
for number in range(1, 5):
    status = post(b"x" * (8 << 20), 8 << 20)
    check(f"upload {number} of 8 MiB: the 403 is read", status == 403, status)
status = post(slowly(), 200 << 10)
check("upload of 200 KiB at 40 KiB/s: the 403 is read", status == 403, status)
check("nothing is sent upstream", not upstream.requests, len(upstream.requests))
finish()
