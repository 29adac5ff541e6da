"""Responses made up by chance from a grammar: most parts right, some wrong in a way that has fooled a parser before."""

from grammar import CODINGS, ODD_CODINGS, ODD_LENGTHS, Grammar
from responses.exchange import EOF, HEAD

STATUSES = [b"200 OK"] * 8 + [b"204 No Content", b"304 Not Modified", b"404 Not Found", b"429 x", b"503 Service Unavailable", b"205 x"]
ODD_STATUSES = [
    b"200", b"204", b"200 ", b"099 x", b"600 x", b"999 x", b"20 x", b"2000 x", b" 200 OK", b"200\tOK", b"OK", b"", b"101 x", b"2x0 x",
    b"200 O\x00K", b"200 \xe9", b"000 x", b"+20 x", b"200OK", b"200 O\x0bK", b"304", b"-20 x",
]
VERSIONS = [b"HTTP/1.1"] * 9 + [b"HTTP/1.0"]
ODD_VERSIONS = [b"HTTP/1.2", b"HTTP/2.0", b"http/1.1", b"HTTP/1.", b"HTTP/11", b"", b"HTTP/0.9", b"ICY", b"HTTPS/1.1", b"\r\nHTTP/1.1", b" HTTP/1.1"]
INTERIM = [b"100 Continue", b"103 Early Hints", b"102 Processing", b"199 x", b"100"]
FIELDS = [
    b"A: b", b"Server: x", b"X-Y:z", b"Empty:", b"Tab: a\tb", b"Latin: \xe9", b"Connection: keep-alive", b"Connection: close",
    b"Keep-Alive: timeout=5", b"Set-Cookie: a=b; c=d", b"Trailer: A", b"Vary: *", b"Upgrade: h2c", b"Connection: upgrade",
]
ODD_FIELDS = [
    b"A : b", b"A\x00: b", b"A: b\x00", b": b", b"A", b" A: b", b"A:\r\n b", b"A: b\nC: d", b"A: b\rC: d", b"A\xe9: b", b"A(: b",
    b"A: \x01", b"A: \x7f", b"Connection: \"close\"", b"Connection: a b", b"A\t: b", b"\t", b"A: \x0b", b"", b"A b: c",
    b"Proxy-Connection: close", b"Content-Length\x0b: 5", b"Connection: ,close", b"A@: b", b"Upgrade:", b"Connection: close, x",
]
REPEATED = [b"Content-Length: %d, %d", b"Content-Length: %d\r\nContent-Length: %d", b"content-length: %d\r\nA: b\r\nContent-Length : %d"]


class ResponseGrammar(Grammar):
    def response(self) -> tuple[int, bytes]:
        """What was asked, and what a server sends then: interim responses, the response, and now and then more."""
        mode = self.random.choice([0, 0, 0, 0, 0, 0, 0, HEAD, EOF, EOF | HEAD])
        data = b""
        while self.random.random() < 0.12:
            data += self.head(self.pick(INTERIM, [b"101 x", b"10 x", b"100\tx"]), self.fields(0.3)) + self.pick([b""], [b"\r\n", b"x"], 0.03)
        framing, body = self.body()
        status = self.pick(STATUSES, ODD_STATUSES)
        if mode & HEAD or status[:3] in (b"204", b"304"):
            body = self.pick([b""], [body], 0.2)
        lines = self.fields(0.9) + ([framing] if framing else [])
        self.random.shuffle(lines)
        data += self.head(status, lines) + body
        if self.random.random() < 0.08:
            data += self.random.choice([b"x", b"\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"0\r\n\r\n", b"\x00"])
        chance = self.random.random()
        if chance < 0.15:
            data = self.damaged(data)
        elif chance < 0.2:
            data = data[: self.random.randrange(len(data) + 1)]
        return mode, data

    def head(self, status: bytes, lines: list[bytes]) -> bytes:
        start = self.pick(VERSIONS, ODD_VERSIONS, 0.03) + b" " + status
        return b"".join(line + self.line_end() for line in [start, *lines]) + self.line_end()

    def fields(self, chance: float) -> list[bytes]:
        lines = []
        while self.random.random() < chance and len(lines) < 4:
            lines.append(self.pick(FIELDS, ODD_FIELDS, 0.04))
            chance *= 0.7
        return lines

    def body(self) -> tuple[bytes, bytes]:
        kind = self.random.random()
        if kind < 0.15:
            return b"", self.data()
        if kind < 0.45:
            data = self.data()
            return self.random.choice([b"Content-Length: %d", b"content-length:%03d", b"Content-Length : %d"]) % len(data), data
        if kind < 0.52:
            data = self.data()
            other = len(data) + self.pick([b""], [b"x"], 0.2).count(b"x")
            return self.random.choice(REPEATED) % (len(data), other), data
        if kind < 0.58:
            return self.random.choice(ODD_LENGTHS), b"hello"
        if kind < 0.66:
            return self.random.choice(ODD_CODINGS), self.chunks()
        return self.random.choice(CODINGS), self.chunks()
