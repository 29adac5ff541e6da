#!/usr/bin/env python3
"""An unsolicited response on an idle upstream connection is never delivered to a caller of any tenant. The upstream in this case sends one 0.3 s
after each requested response.
"""

import json
import threading
import time

from support import ENTITIES, Gateway, Upstream, check, finish

UNASKED = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 37\r\n\r\n{"id":"UNASKED","status":"cancelled"}'
# A second tenant that shares the first one's upstream.
BETA = """
[tenants.beta]
upstream = "{}"
client_id = "1b7c1c7e-5b7e-4c1e-9d55-0123456789ab"
client_secret = "another secret"
entity = "{}"
"""


def script(request, number):
    content = json.dumps({"id": request.target.rsplit("/", 1)[1], "status": "cancelled"}).encode()

    def write(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(content) + content)
        threading.Timer(0.3, write_late, [connection]).start()
    return write


def write_late(connection):
    try:
        connection.sendall(UNASKED)
    except OSError:
        pass


upstream = Upstream(script)
gateway = Gateway(upstream, sections=BETA.format(upstream.url, ENTITIES[0]))
for number in range(6):
    tenant = ("acme", "beta")[number % 2]
    name = f"job-{number}-of-{tenant}"
    response = gateway.call(path=f"/v1/batch-query/jobs/{name}", tenant=tenant)
    check(f"{name}: the caller gets its own response", response.status == 200 and response.json().get("id") == name, response.data)
    time.sleep(0.6)
finish()
