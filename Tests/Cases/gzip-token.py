#!/usr/bin/env python3
"""A token response that is compressed although gzip was not requested, for example by a proxy or CDN, is decoded."""

import gzip

from support import JSON, Gateway, Upstream, check, finish, token_response


def script(request, number):
    return 200, JSON | {"Content-Encoding": "gzip"}, gzip.compress(token_response("token-z"))


upstream = Upstream(token_script=script, accepts_any_token=True)
response = Gateway(upstream).call()
check("the request is served", response.status == 200, response.data)
sent = [request.get("authorization") for request in upstream.requests]
check("the token is used", sent == ["Bearer token-z"], sent)
finish()
