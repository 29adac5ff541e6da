#!/usr/bin/env python3
"""A streamed file with both Content-Length and Transfer-Encoding: chunked (RFC 9112, section 6.3) arrives complete, framed by the gateway, or
is rejected with a 502. It is never a truncated 200.
"""

from support import Gateway, Upstream, check, chunked, finish

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: 11\r\nTransfer-Encoding: chunked\r\n\r\n"
ROWS = b"".join(b"%07d,row\n" % number for number in range(30000))


def write(connection):
    connection.sendall(HEAD + chunked(ROWS, 8000))


gateway = Gateway(Upstream(lambda *_: write), tenant='routes = ["files.get"]')
response = gateway.call("GET", "/v1/files/x")
check("the file is whole, or the response is a 502",
      response.is_complete and (response.status == 502 or response.status == 200 and response.content == ROWS),
      (response.status, response.is_complete, len(response.content)))
finish()
