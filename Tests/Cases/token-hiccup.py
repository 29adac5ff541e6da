#!/usr/bin/env python3
"""A token endpoint that first sends two empty 200 responses delays the first caller, but does not make its request fail. A wrong secret, on the
other hand, is reported at once.
"""

import time

from support import JSON, Gateway, Upstream, check, finish


def hiccup(request, number):
    return (200, {}, b"") if number < 3 else None


def wrong_secret(request, number):
    return 401, JSON, b'{"error":"invalid_client"}'


response = Gateway(Upstream(token_script=hiccup), tenant='timeout = "20s"').call(timeout=25)
check("the first caller is served", response.status == 200, response.data)

gateway = Gateway(Upstream(token_script=wrong_secret))
begin = time.monotonic()
response = gateway.call(timeout=25)
took = time.monotonic() - begin
check("a wrong secret is reported at once", response.status == 503 and took < 1, (response.status, took))
finish()
