#!/usr/bin/env python3
"""A caller that sends its cancel, shuts down its sending side and waits gets the response: nc does so, and some Go and PHP clients. The
cancel is carried out in any case, so nothing would be gained by closing the connection.
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
