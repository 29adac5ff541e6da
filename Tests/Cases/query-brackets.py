#!/usr/bin/env python3
"""A query is forwarded byte for byte, including unencoded brackets, as in Zuora's documentation, and other visible ASCII. A query with a space,
which is ambiguous, is rejected.
"""

from support import Gateway, Upstream, check, finish

ROUTE = """
[[routes]]
name = "accounts.query"
method = "GET"
path = "/object-query/accounts"
"""

upstream = Upstream(lambda *_: (200, {}, b"{}"))
gateway = Gateway(upstream, tenant='routes = ["accounts.query"]', sections=ROUTE)
for query in ("filter[]=accountnumber.EQ:A1&expand[]=subscriptions", "a={b}|c^d`e", "x=%5B%5D"):
    target = f"/object-query/accounts?{query}"
    response = gateway.call("GET", target)
    sent = upstream.requests[-1].target if upstream.requests else None
    check(f"{query} is forwarded unchanged", response.status == 200 and sent == target, (sent, response.data))
response = gateway.exchange(b"GET /object-query/accounts?a=b c HTTP/1.1\r\nHost: gateway\r\nX-Zuora-Tenant: acme\r\n\r\n")
check("a space is refused", response.status == 400, response.data)
finish()
