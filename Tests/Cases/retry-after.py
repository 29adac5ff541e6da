#!/usr/bin/env python3
"""A request that waits for a retry holds no slot. On a tenant with two slots, two 429s with Retry-After: 60, more than retry.max_wait, are
relayed at once; two with Retry-After: 3 are retried after that time and served; meanwhile, another request gets its response.
"""

import time

from support import JOB_PATH, Gateway, Upstream, check, finish, in_background


def script(request, number):
    if "busy" in request.target and number == 1:
        return 429, {"Retry-After": seconds}, b"{}"


def call(path):
    begin = time.monotonic()
    response = gateway.call(path=path, timeout=30)
    busy.append((response, time.monotonic() - begin))


def two_and_another():
    """Returns the other's response, and how long it took from the beginning."""
    busy.clear()
    begin = time.monotonic()
    threads = [in_background(call, f"/v1/batch-query/jobs/busy-{seconds}-{number}") for number in range(2)]
    time.sleep(0.4)
    response = gateway.call(path=JOB_PATH, timeout=5)
    took = time.monotonic() - begin
    for thread in threads:
        thread.join()
    return response, took


def times():
    return [(response.status, round(took, 1)) for response, took in busy]


busy = []
gateway = Gateway(Upstream(script), tenant="concurrency = 2")
gateway.call()

seconds = "60"
response, took = two_and_another()
check("Retry-After: 60 is relayed at once",
      len(busy) == 2 and all(each.status == 429 and each.get("retry-after") and after < 5 for each, after in busy), times())
check("another request gets its response meanwhile", response.status in (200, 429) and took < 5, (response.status, took))

time.sleep(1)
seconds = "3"
response, took = two_and_another()
check("Retry-After: 3 is waited for", len(busy) == 2 and all(each.status == 200 and 2.5 < after < 15 for each, after in busy), times())
check("another request gets its response meanwhile", response.status in (200, 429) and took < 2.5, (response.status, took))
finish()
