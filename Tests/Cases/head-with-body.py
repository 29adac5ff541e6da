#!/usr/bin/env python3
"""HEAD requests with content get a response and release their slots at once: after twenty of them, on a tenant with twenty slots, another
caller is served.
"""

import time

from support import JOB_PATH, Gateway, Response, Upstream, check, finish

HEAD = f"HEAD {JOB_PATH} HTTP/1.1\r\nHost: gateway\r\nX-Zuora-Tenant: acme\r\nContent-Length: 5\r\n\r\nhello".encode()

gateway = Gateway(Upstream(), tenant='routes = ["aqua.cancel", "aqua.get"]\nconcurrency = 20\nqueue_timeout = "2s"')
gateway.call()
connections = [gateway.connect(HEAD) for _ in range(20)]
time.sleep(1)
response = gateway.call(timeout=6)
check("a cancel is served", response.status == 200, response.data)
statuses = [Response(connection.recv(1 << 16)).status for connection in connections]
check("each HEAD request has a response", all(statuses), statuses)
finish()
