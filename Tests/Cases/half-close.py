#!/usr/bin/env python3
"""A caller that sends a cancel, shuts down its sending side and waits gets the response; nc and some Go and PHP clients do so. The cancel is
carried out in any case, so closing the connection would gain nothing.
"""

import time

from support import JOB_PATH, Gateway, Upstream, check, finish


def script(request, number):
    time.sleep(0.3)


gateway = Gateway(Upstream(script))
gateway.call()
response = gateway.exchange(
    f"DELETE {JOB_PATH} HTTP/1.1\r\nHost: gateway\r\nX-Zuora-Tenant: acme\r\nConnection: close\r\n\r\n".encode(), half_closes=True)
check("the response is complete", response.status == 200 and response.is_complete, response.data)
finish()
