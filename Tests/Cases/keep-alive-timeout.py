#!/usr/bin/env python3
"""A connection is not used beyond the Keep-Alive: timeout that the upstream announced. Like a load balancer, the upstream in
this case closes without a response when a later request arrives; a POST must be sent once, on a new connection, and be served.
"""

import time

from support import Gateway, Upstream, check, finish

last = {}


def write(connection):
    now = time.monotonic()
    if now - last.get(connection, now) > 1:
        connection.close()
        return
    last[connection] = now
    connection.sendall(b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\n{}")


upstream = Upstream(lambda *_: write)
gateway = Gateway(upstream, tenant='routes = ["aqua.submit"]')
for number in range(1, 4):
    response = gateway.call("POST", "/v1/batch-query", b"{}")
    check(f"POST {number} is served", response.status == 200, response.data)
    time.sleep(1.6)
check("each is sent once", len(upstream.requests) == 3, len(upstream.requests))
finish()
