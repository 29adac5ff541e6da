#!/usr/bin/env python3
"""A response that is truncated by the end of a TLS connection without close_notify never looks complete, even if its head could be
misinterpreted: with a space before the colon of a framing field (RFC 9112, section 5.1), or with a status line of HTTP/2.
"""

import os
import ssl
import subprocess

from support import Gateway, Upstream, check, directory, finish, job

HEADS = {
    "Content-Length with a space": b"HTTP/1.1 200 OK\r\nContent-Length : 341\r\n\r\n",
    "Transfer-Encoding with a space": b"HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n\r\n155\r\n",
    "a status line of HTTP/2": b"HTTP/2 200\r\nContent-Length: 341\r\n\r\n",
}


def server_context(certificate, key):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out",
         certificate, "-days", "9", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True, timeout=30)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def truncated(head):
    def write(connection):
        connection.sendall(head + job()[:22])
        # Ends the TCP connection without TLS's close_notify.
        os.close(connection.detach())
    return write


certificate = directory / "certificate.pem"
context = server_context(certificate, directory / "key.pem")
for name, head in HEADS.items():
    upstream = Upstream(lambda *_: truncated(head), tls=context)
    gateway = Gateway(upstream, tenant='timeout = "3s"\nretry = { attempts = 1 }', sections=f'[upstream]\nca_file = "{certificate}"')
    response = gateway.call()
    check(f"{name}: no complete 200", not (response.status == 200 and response.is_complete), response.data)
    methods = [request.method for request in upstream.requests]
    check(f"{name}: the cancel is sent once", methods.count("DELETE") == 1, methods)
    gateway.stop()
    upstream.close()
finish()
