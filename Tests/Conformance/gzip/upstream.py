"""An upstream that says byte for byte what it is told to, in pieces of any size, and remembers what it was sent."""

import socket

from listener import Listener


class Reply:
    """How an answer's content is coded, framed and cut up."""

    def __init__(self, content, coding=None, framing="length", pieces=None, cut=False):
        self.content, self.coding, self.framing, self.pieces, self.cut = content, coding, framing, pieces, cut

    def write(self, connection):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nETag: \"strong\"\r\nContent-MD5: x\r\n"
        if self.coding:
            head += f"Content-Encoding: {self.coding}\r\n".encode()
        head += {"length": f"Content-Length: {len(self.content)}\r\n", "chunked": "Transfer-Encoding: chunked\r\n",
                 "close": "Connection: close\r\n"}[self.framing].encode()
        connection.sendall(head + b"\r\n")
        for piece in cut_up(self.content, self.pieces):
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if self.framing == "chunked" else piece)
        if self.framing == "chunked" and not self.cut:
            connection.sendall(b"0\r\n\r\n")
        return self.framing != "close" and not self.cut


def cut_up(content, pieces):
    """Pieces of the sizes that `pieces()` gives; one piece without it."""
    position = 0
    while position < len(content):
        size = pieces() if pieces else len(content)
        yield content[position:position + size]
        position += size


class Upstream(Listener):
    def __init__(self):
        self.reply = Reply(b"{}")
        self.fields, self.body = {}, None
        super().__init__()

    def serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = connection.makefile("rb")
        try:
            while head := self._head(reader):
                fields = dict(line.rstrip(b"\r\n").split(b": ", 1) for line in head[1:])
                self.fields = {name.decode().lower(): value.decode() for name, value in fields.items()}
                self.body = self._body(reader)
                if not self.reply.write(connection):
                    break
        except (ConnectionError, ValueError):
            self.body = None
        finally:
            # The reader holds the descriptor, too.
            reader.close()
            connection.close()

    @staticmethod
    def _head(reader):
        lines = []
        while (line := reader.readline()) not in (b"\r\n", b""):
            lines.append(line)
        return lines

    def _body(self, reader):
        """None if it was cut short."""
        if self.fields.get("transfer-encoding") != "chunked":
            length = int(self.fields.get("content-length", "0"))
            body = reader.read(length)
            return body if len(body) == length else None
        body = bytearray()
        while size := int(reader.readline() or b"-1", 16):
            if size < 0:
                raise ValueError("cut short")
            body += reader.read(size)
            reader.readline()
        reader.readline()
        return bytes(body)
