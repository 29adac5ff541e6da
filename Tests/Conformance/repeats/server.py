"""A server that closes a kept connection without a response, once: what a client sees if a server closes an idle connection just as the
client sends its next request."""

import contextlib
import re
import socket
import struct

from listener import Listener

RESPONSE = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'


class Server(Listener):
    """Counts the requests for /second. The first of them that comes on a kept connection is read, and the connection closed, or reset."""

    def __init__(self, isReset: bool):
        self.isReset = isReset
        self.count = 0
        self.isClosed = False
        super().__init__()
        self.base = f"http://127.0.0.1:{self.port}"

    def serve(self, client: socket.socket):
        isKept = False
        with client, contextlib.suppress(OSError):
            while path := self.read(client):
                if path == "/second":
                    self.count += 1
                    if isKept and not self.isClosed:
                        self.isClosed = True
                        if self.isReset:
                            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        return
                client.sendall(RESPONSE)
                isKept = True

    @staticmethod
    def read(client: socket.socket) -> str:
        """The path of the next request, whose content is read as well; empty at the end."""
        text = b""
        while b"\r\n\r\n" not in text:
            piece = client.recv(1 << 16)
            if not piece:
                return ""
            text += piece
        head, _, content = text.partition(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.I)
        while length and len(content) < int(length[1]):
            content += client.recv(1 << 16)
        return head.split()[1].decode()
