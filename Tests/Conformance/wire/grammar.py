"""Requests made up by chance from a grammar: most parts right, some wrong in a way that has fooled a parser before."""

import random

METHODS = [b"GET", b"POST", b"DELETE", b"PUT", b"HEAD", b"OPTIONS", b"PATCH", b"TRACE", b"PROPFIND"]
ODD_METHODS = [b"get", b"FOO", b"G(T", b"", b"CONNECT", b"GET\x00", b"PRI", b"A" * 40, b"\xc9", b"M-SEARCH"]
TARGETS = [b"/", b"/a/b", b"/a?b=c", b"/%2F", b"//x", b"/a;b", b"/*", b"http://b/", b"https://b:443/c?d"]
ODD_TARGETS = [
    b"", b"*", b"a", b"/#", b"/%", b"/%zz", b"/\xe9", b"/\\", b"/{a}", b"/a b", b"/\t", b"/\x00", b"http://b", b"http://u@b/",
    b"http:///", b"a:80", b"ftp://b/", b"http://b:x/", b"/a|b", b"/?a[]", b"/\x7f", b"http://b#c",
]
VERSIONS = [b"HTTP/1.1"] * 9 + [b"HTTP/1.0"]
ODD_VERSIONS = [b"HTTP/1.2", b"HTTP/2.0", b"http/1.1", b"HTTP/1.", b"HTTP/11", b"", b"HTTP/1.1 ", b"HTTP/0.9", b"HTTPS/1.1"]
HOSTS = [b"Host: a", b"host:b:80", b"HOST: [::1]", b"Host:\ta.example \t"]
ODD_HOSTS = [b"Host:", b"Host: a b", b"Host: a\r\nHost: a", b"X: y", b"Host : a", b"Host: u@a", b"Host: a/b", b"Host: a:x", b" Host: a"]
FIELDS = [
    b"A: b", b"Accept: */*", b"X-Y:z", b"Empty:", b"Tab: a\tb", b"Latin: \xe9", b"Connection: keep-alive", b"Connection: close",
    b"TE: trailers", b"Expect: 100-continue", b"Upgrade: h2c", b"Connection: upgrade", b"Cookie: a=b; c=d", b"Trailer: A",
]
ODD_FIELDS = [
    b"A : b", b"A\x00: b", b"A: b\x00", b": b", b"A", b" A: b", b"A:\r\n b", b"A: b\nC: d", b"A: b\rC: d", b"A\xe9: b", b"A(: b",
    b"A: \x01", b"A: \x7f", b"Connection: \"close\"", b"Connection: a b", b"Expect: x", b"A\t: b", b"\t", b"A: \x0b", b"",
    b"Proxy-Connection: close", b"Content-Length\x0b: 5", b"Connection: ,close", b"A@: b", b"Upgrade:", b"Connection: close, x",
]
CODINGS = [b"Transfer-Encoding: chunked", b"transfer-encoding:\tCHUNKED "]
ODD_CODINGS = [
    b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding: identity",
    b"Transfer-Encoding: xchunked", b"Transfer-Encoding: chunked;a", b"Transfer-Encoding:", b"Transfer-Encoding: ,chunked",
    b"Transfer-Encoding : chunked", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: \x0bchunked",
    b"Transfer-Encoding: chunked\r\nContent-Length: 5", b"Content-Length: 5\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding:\r\n chunked", b"Transfer-Encoding: \"chunked\"", b"Transfer_Encoding: chunked",
    b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: chunked, gzip",
]
ODD_LENGTHS = [
    b"Content-Length: +5", b"Content-Length: -5", b"Content-Length: 5, 5", b"Content-Length: 5\r\nContent-Length: 5",
    b"Content-Length: 5\r\nContent-Length: 6", b"Content-Length: 0x5", b"Content-Length: 5 5", b"Content-Length:",
    b"Content-Length : 5", b"Content-Length: 99999999999999999999", b"Content-Length: 18446744073709551621", b"Content-Length: 5\x00",
    b"Content-Length: 5;", b"Content-Length: ,5", b"Content_Length: 5", b"Content-Length:\r\n 5", b"Content-Length: 1e1",
]
EXTENSIONS = [b";a", b";a=b", b";a=\"b;c\"", b";a;b=c"]
ODD_SIZES = [b"0x5", b"+5", b"-5", b" 5", b"5 ", b"", b"5;", b"5 ;a", b"5;a=", b"5;a\x00", b"5;\xe9", b"fffffffffffffffff", b"5\t", b"g", b"5;a=\"b"]
TRAILERS = [b"A: b\r\n", b"Digest: x\r\nB:\r\n"]
ODD_TRAILERS = [b"A\r\n", b" A: b\r\n", b"A : b\r\n", b"A: b\n", b": b\r\n", b"A: \x00\r\n", b"A: b\r\n c\r\n"]
ODD_BYTES = [b"\r", b"\n", b"\r\n", b"\x00", b" ", b"\t", b":", b",", b";", b"\x0b", b"\x7f", b"\x80", b"\xff", b"%", b"#", b"0", b"\""]


class Grammar:
    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def connection(self) -> bytes:
        """The bytes of one connection: a request or two, now and then damaged or cut short."""
        data = b"".join(self.request() for _ in range(self.random.choice([1, 1, 1, 2])))
        chance = self.random.random()
        if chance < 0.15:
            data = self.damaged(data)
        elif chance < 0.2:
            data = data[: self.random.randrange(len(data) + 1)]
        return data

    def pick(self, usual: list[bytes], odd: list[bytes], oddity: float = 0.05) -> bytes:
        return self.random.choice(odd if self.random.random() < oddity else usual)

    def line_end(self) -> bytes:
        return b"\r\n" if self.random.random() < 0.995 else self.random.choice([b"\n", b"\r", b"\r\r\n", b"\n\r\n"])

    def request(self) -> bytes:
        start = self.pick([b""], [b"\r\n", b"\r\n\r\n", b"\r\n\r\n\r\n", b"\n", b" "], 0.03)
        line = b" ".join([self.pick(METHODS, ODD_METHODS), self.pick(TARGETS, ODD_TARGETS), self.pick(VERSIONS, ODD_VERSIONS)])
        lines = [self.pick(HOSTS, ODD_HOSTS)]
        lines += [self.pick(FIELDS, ODD_FIELDS) for _ in range(self.random.randrange(4))]
        framing, body = self.body()
        if framing:
            lines.append(framing)
        self.random.shuffle(lines)
        head = line + self.line_end() + b"".join(line + self.line_end() for line in lines)
        return start + head + self.line_end() + body

    def body(self) -> tuple[bytes, bytes]:
        kind = self.random.random()
        if kind < 0.45:
            return b"", b""
        if kind < 0.65:
            data = self.data()
            return self.random.choice([b"Content-Length: %d", b"content-length:%03d"]) % len(data), data
        if kind < 0.72:
            return self.random.choice(ODD_LENGTHS), b"hello"
        if kind < 0.79:
            return self.random.choice(ODD_CODINGS), self.chunks()
        return self.random.choice(CODINGS), self.chunks()

    def data(self) -> bytes:
        return self.random.choice([b"", b"x", b"hello", b"\r\n\r\n", b"0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])

    def chunks(self) -> bytes:
        body = b""
        for _ in range(self.random.randrange(3)):
            data = self.data() or b"y"
            size = self.random.choice([b"%x", b"%X", b"%04x"]) % len(data)
            size = self.pick([size, size, size + self.random.choice(EXTENSIONS)], ODD_SIZES, 0.06)
            body += size + self.line_end() + data + self.line_end()
        last = self.pick([b"0"], [b"00", b"0;a", b"0x0", b"0 "])
        return body + last + self.line_end() + self.pick([b"", b"", *TRAILERS], ODD_TRAILERS, 0.04) + self.line_end()

    def damaged(self, data: bytes) -> bytes:
        at = self.random.randrange(len(data) + 1)
        removed = self.random.choice([0, 0, 1, 1, 2])
        return data[:at] + self.random.choice([b"", *ODD_BYTES]) + data[at + removed :]
