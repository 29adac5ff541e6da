#!/usr/bin/env python3
"""When a drain times out, every open request has exactly one line in the access log with what its caller got: the status and size of the
response, or neither if there was none. A request that waits for a retry gets a response before that.
"""

import time

from support import Gateway, Upstream, check, finish, in_background


def script(request, number):
    if "slow" in request.target:
        time.sleep(8)
    if "busy" in request.target:
        return 503, {"Retry-After": "6"}, b"{}"


def call(name):
    responses[name] = gateway.call(path=f"/v1/batch-query/jobs/{name}", track=name, timeout=12)


responses = {}
gateway = Gateway(Upstream(script), gateway='drain = "2s"', tenant='timeout = "20s"')
gateway.call()
threads = [in_background(call, name) for name in ("slow", "busy")]
time.sleep(0.8)
gateway.process.terminate()
gateway.process.wait(15)
for thread in threads:
    thread.join()

lines = gateway.lines()
for name, response in responses.items():
    own = lines.get(name, [])
    check(f"{name}: there is one line in the access log", len(own) == 1, own)
    line = own[0] if own else {}
    if response.status:
        agrees = line.get("status") == response.status and line.get("bytes_out", 0) > 0
    else:
        agrees = bool(own) and "status" not in line and not line.get("bytes_out")
    check(f"{name}: the line says what the caller got", agrees, (response.status, own))
check("busy: the caller gets a response", responses["busy"].status in (429, 503), responses["busy"].status)
finish()
