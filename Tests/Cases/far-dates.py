#!/usr/bin/env python3
"""Retry-After with a date beyond 64-bit nanoseconds, from the API or the token endpoint, does not crash the gateway. Such dates occur: year 1
is DateTime.MinValue in .NET.
"""

import time

from support import Gateway, Upstream, check, finish

DATES = [
    "Mon, 01 Jan 0001 00:00:00 GMT", "Sat, 01 Jan 1600 00:00:00 GMT", "Sat, 12 Apr 2262 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
]

for date in DATES:
    gateway = Gateway(Upstream(lambda *_: (429, {"Retry-After": date}, b"{}")), tenant='timeout = "2s"')
    response = gateway.call(timeout=6)
    time.sleep(0.7)
    check(f"{date} from the API: the gateway runs", gateway.is_running(), gateway.process.returncode)
    check(f"{date} from the API: the 429 is relayed", response.status == 429, response.data)
    gateway.stop()

    gateway = Gateway(Upstream(token_script=lambda *_: (503, {"Retry-After": date}, b"{}")), tenant='timeout = "2s"', waits=False)
    time.sleep(1.5)
    check(f"{date} from the token endpoint: the gateway runs", gateway.is_running(), gateway.process.returncode)
    gateway.stop()
finish()
