#!/usr/bin/env python3
"""A chunked response with Content-Encoding: gzip and no content reaches a caller that does not accept gzip with its status and without
content. It is not a 502.
"""

from support import JOB_PATH, Gateway, Upstream, check, finish


def script(request, number):
    return lambda connection: connection.sendall(
        b"HTTP/1.1 404 Not Found\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")


gateway = Gateway(Upstream(script), tenant='routes = ["aqua.get"]')
response = gateway.call("GET", JOB_PATH)
check("a 404 without content", response.status == 404 and response.is_complete and response.content == b"", response.data)
finish()
