#!/usr/bin/env python3
"""A cancel that was sent, backs off and then finds no free slot within its deadline says that it may have reached Zuora: on a tenant with one
slot, its first attempt gets a 503 with Retry-After: 1, and meanwhile another request takes the slot until the cancel's time is up.
"""

import time

from support import JOB_PATH, Gateway, Upstream, check, finish, in_background


def script(request, number):
    if "slow" in request.target:
        time.sleep(5)
    elif request.method == "DELETE":
        return 503, {"Retry-After": "1"}, b"{}"


gateway = Gateway(Upstream(script), tenant='concurrency = 1\ntimeout = "3s"')
responses = []
cancel = in_background(lambda: responses.append(gateway.call(timeout=10)))
time.sleep(0.4)
other = in_background(lambda: gateway.call(path="/v1/batch-query/jobs/slow", track="track-2", timeout=10))
cancel.join()
other.join()
problem = responses[0].json() or {}
check("the cancel is a 504", responses[0].status == 504, responses[0].status)
check("it may have reached Zuora", problem.get("may_have_reached_zuora") is True, problem)
check("its outcome is unknown", responses[0].get("gateway-outcome") == "unknown", responses[0].get("gateway-outcome"))
finish()
