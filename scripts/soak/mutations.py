"""Mutations of HTTP responses, and a parser that says what of a response may be relayed."""

import gzip
import json
import re
import time
import zlib

DATES = [
    b"Mon, 01 Jan 0001 00:00:00 GMT", b"Sat, 01 Jan 1600 00:00:00 GMT", b"Thu, 01 Jan 1970 00:00:00 GMT", b"Sat, 12 Apr 2262 00:00:00 GMT",
    b"Fri, 31 Dec 9999 23:59:60 GMT", b"Sunday, 06-Nov-94 08:49:37 GMT", b"Sun Nov  6 08:49:37 1994", b"Thu, 30 Feb 2026 25:61:61 GMT",
]
NUMBERS = [
    b"0", b"1", b"-1", b"+1", b"0.5", b"1e9", b"00", b"0x10", b"86400", b"86401", b"4294967296", b"9223372036854775807", b"9223372036854775808",
    b"18446744073709551616", b"9" * 40, b"", b" ", b"1,2", b"1 1", b"NaN", b"\xd9\xa3", b"1;w=60",
]
WORDS = [
    b"", b"gzip", b"GZIP", b"br", b"gzip, gzip", b"identity", b"chunked", b"Chunked", b"chunked, chunked", b"gzip, chunked", b"close", b"keep-alive",
    b"upgrade", b"timeout=0", b"timeout=99999999999999999999", b"timeout=-1, max=x", b"text/html", b"application/json", b"a=b; Path=/", b"*",
    b'W/"x"', b"bytes 0-1/9", b"no-transform", b"\xff\xfe", "schlüssel".encode(), b"x" * 300, b"y" * 20_000, b'"', b"\\", b"\t", b"a\tb",
]
NAMES = [
    b"Retry-After", b"RateLimit-Limit", b"RateLimit-Remaining", b"RateLimit-Reset", b"Concurrency-Limit-Limit", b"Concurrency-Limit-Remaining",
    b"X-RateLimit-Remaining-minute", b"Content-Length", b"Transfer-Encoding", b"Content-Encoding", b"Content-Type", b"Content-Range", b"Connection",
    b"Keep-Alive", b"Zuora-Track-Id", b"Zuora-Request-Id", b"Set-Cookie", b"ETag", b"Vary", b"Date", b"Cache-Control", b"Trailer", b"Upgrade",
    b"Gateway-Outcome", b"Via", b"Location", b"WWW-Authenticate", b"Alt-Svc", b"Content-MD5", b"Accept-Ranges",
]
BODIES = [
    b"", b"{", b"[]", b"null", b"\xef\xbb\xbf{}", b"\xff" * 40, b"[" * 5000, b'{"a":' * 2000, b'{"status":"cancelled","status":"executing"}',
    b'{"errorCode":"90003","message":"Invalid Job Id for job cancellation."}', b'{"success":false,"reasons":[{"code":90000011,"message":"no"}]}',
    b'{"success":false,"reasons":[{"code":50000050,"message":"lock competition"}]}', b'{"code":1e400,"message":-1}',
    b'{"Success":false,"Errors":[{"Code":"INTERNAL_ERROR"}]}', b'{"message":"Failed to get user info"}', b'{"message":"request exceeded limit"}',
    b"<html><title>Bad gateway</title></html>", b"<?xml version='1.0'?><a/>", b"retry after 999999999 seconds", b'{"access_token":"","expires_in":1}',
    b'{"access_token":"a b"}', b'{"access_token":"x","expires_in":1e308}', b'{"access_token":"y","expires_in":-5}', b'{"access_token":7}',
    b'{"access_token":"z","token_type":"mac"}', b'{"error":"invalid_client"}', b" " * 100_000, b"0" * 70_000,
]
STATUSES = [100, 101, 103, 199, 200, 201, 202, 204, 205, 206, 301, 304, 400, 401, 403, 404, 408, 409, 425, 429, 500, 502, 503, 504, 599, 600, 999]


class Response:
    """A response, and how it is sent. Correct until it is mutated."""

    def __init__(self, status, fields, body):
        self.line = b"HTTP/1.1 %d OK" % status
        self.fields = [*fields, (b"Content-Length", b"%d" % len(body))]
        self.body = body
        self.separator = b": "
        # Bytes before and after the response.
        self.before = b""
        self.after = b""
        self.cut = None
        self.ending = "keep"
        self.mutations = []
        # When it was sent.
        self.began = self.ended = None

    def is_slow(self):
        """Whether sending it takes so long, on a busy machine, that the gateway may time out."""
        return self.began is not None and (self.ended or time.monotonic()) - self.began > 2

    def gzip(self):
        self.body = gzip.compress(self.body, 1, mtime=0)
        self.fields.append((b"Content-Encoding", b"gzip"))
        self.frame(len(self.body))

    def chunk(self, random):
        pieces, rest = [], self.body
        while rest:
            size = random.randint(1, max(1, len(rest)))
            pieces.append(b"%x\r\n%s\r\n" % (size, rest[:size]))
            rest = rest[size:]
        self.body = b"".join(pieces) + b"0\r\n\r\n"
        self.drop(b"Content-Length")
        self.fields.append((b"Transfer-Encoding", b"chunked"))

    def drop(self, name):
        self.fields = [field for field in self.fields if field[0] != name]

    def frame(self, length):
        self.fields = [(name, b"%d" % length if name == b"Content-Length" else value) for name, value in self.fields]

    def bytes(self):
        lines = [self.line, *(name + self.separator + value for name, value in self.fields)]
        return self.before + b"\r\n".join(lines) + b"\r\n\r\n" + self.body + self.after


class Mutator:
    """Applies one to four mutations to a response, chosen by a seeded random source."""

    def __init__(self, random):
        self.random = random
        self.all = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("fault_")]

    def mutate(self, response, others):
        """`others`: track ids of other requests, some of them in progress."""
        self.others = others
        for _ in range(self.random.choice((1, 1, 1, 2, 3, 4))):
            fault = self.random.choice(self.all)
            if fault(response) is not False:
                response.mutations.append(fault.__name__.removeprefix("fault_"))

    def _index(self, response):
        return self.random.randrange(len(response.fields)) if response.fields else None

    def _value(self, name=b""):
        if name == b"Retry-After" or self.random.random() < 0.1:
            return self.random.choice(DATES + NUMBERS)
        if name == b"Zuora-Track-Id" and self.others:
            return self.random.choice(self.others)
        return self.random.choice(self.random.choice((NUMBERS, WORDS, DATES)))

    def _garbled(self, text):
        text = bytearray(text or b"x")
        for _ in range(self.random.choice((1, 1, 3, 20))):
            at = self.random.randrange(len(text) + 1)
            match self.random.randrange(3):
                case 0:
                    text[at : at + 1] = self.random.randbytes(1)
                case 1:
                    text[at:at] = self.random.randbytes(self.random.randrange(1, 4))
                case 2:
                    del text[at : at + 1]
        return bytes(text)

    def fault_field_dropped(self, response):
        if (at := self._index(response)) is None:
            return False
        del response.fields[at]

    def fault_field_doubled(self, response):
        if (at := self._index(response)) is None:
            return False
        response.fields.insert(self.random.randrange(len(response.fields) + 1), response.fields[at])

    def fault_field_contradicted(self, response):
        if (at := self._index(response)) is None:
            return False
        name = response.fields[at][0]
        response.fields.insert(self.random.randrange(len(response.fields) + 1), (name, self._value(name)))

    def fault_field_added(self, response):
        for _ in range(self.random.choice((1, 2, 5))):
            name = self.random.choice(NAMES)
            response.fields.insert(self.random.randrange(len(response.fields) + 1), (name, self._value(name)))

    def fault_many_fields(self, response):
        response.fields += [(b"X-%d" % number, b"1") for number in range(self.random.choice((50, 200, 5000)))]

    def fault_value_replaced(self, response):
        if (at := self._index(response)) is None:
            return False
        name = response.fields[at][0]
        response.fields[at] = (name, self._value(name))

    def fault_value_garbled(self, response):
        if (at := self._index(response)) is None:
            return False
        name, value = response.fields[at]
        response.fields[at] = (name, self._garbled(value))

    def fault_name_garbled(self, response):
        if (at := self._index(response)) is None:
            return False
        name, value = response.fields[at]
        response.fields[at] = (self._garbled(name), value)

    def fault_name_in_other_case(self, response):
        if (at := self._index(response)) is None:
            return False
        name, value = response.fields[at]
        response.fields[at] = (self.random.choice((name.upper(), name.lower(), name.swapcase())), value)

    def fault_space_around(self, response):
        response.separator = self.random.choice((b":", b":   ", b" : ", b":\t", b"\t:", b"  :  "))

    def fault_folded(self, response):
        if (at := self._index(response)) is None:
            return False
        name, value = response.fields[at]
        response.fields[at] = (name, value + b"\r\n " + self._value())

    def fault_status(self, response):
        response.line = b"HTTP/1.1 %d x" % self.random.choice(STATUSES)

    def fault_status_line(self, response):
        response.line = self.random.choice(
            (b"HTTP/1.0 200 OK", b"HTTP/1.1 200", b"HTTP/1.1 200 ", b"HTTP/2 200 OK", b"HTTP/1.1  200 OK", b"http/1.1 200 OK", b"HTTP/1.1 0200 OK", b"",
             b"ICY 200 OK", b"HTTP/1.1 20 OK", b"HTTP/1.1 200 " + b"\xc3\xa4" * 10, self._garbled(response.line)))

    def fault_interim(self, response):
        response.before = b"HTTP/1.1 %d x\r\nLink: a\r\n\r\n" % self.random.choice((100, 102, 103, 199)) * self.random.choice((1, 3, 4000))

    def fault_length_wrong(self, response):
        by = self.random.choice((-1, 1, -20, 20, 100_000, -100_000))
        response.fields = [
            (name, b"%d" % (int(value) + by) if name == b"Content-Length" and value.isdigit() else value) for name, value in response.fields
        ]

    def fault_length_dropped(self, response):
        response.drop(b"Content-Length")
        response.ending = "close"

    def fault_chunked(self, response):
        response.chunk(self.random)

    def fault_chunks_garbled(self, response):
        response.chunk(self.random)
        head, tail = response.body[:40], response.body[40:]
        response.body = self.random.choice((self._garbled(head) + tail, response.body[:-5], response.body + b"A: b\r\n\r\n", response.body[:-2] + b"X"))

    def fault_body_replaced(self, response):
        response.body = self.random.choice(BODIES)
        response.frame(len(response.body))

    def fault_body_garbled(self, response):
        response.body = self._garbled(response.body)
        response.frame(len(response.body))

    def fault_body_shortened(self, response):
        response.body = response.body[: self.random.randrange(len(response.body) + 1)]
        if self.random.random() < 0.5:
            response.frame(len(response.body))

    def fault_body_doubled(self, response):
        response.body += response.body
        if self.random.random() < 0.5:
            response.frame(len(response.body))

    def fault_gzip(self, response):
        response.gzip()

    def fault_gzip_broken(self, response):
        response.gzip()
        body = bytearray(response.body)
        match self.random.randrange(4):
            case 0:
                body[-6] ^= 1
            case 1:
                del body[-3:]
            case 2:
                body += b"\0\0"
            case 3:
                body[self.random.randrange(len(body))] ^= 0x10
        response.body = bytes(body)
        response.frame(len(body))

    def fault_gzip_unlabelled(self, response):
        response.gzip()
        response.drop(b"Content-Encoding")

    def fault_gzip_bomb(self, response):
        response.body = gzip.compress(b" " * 3_000_000, 9, mtime=0)
        response.fields.append((b"Content-Encoding", b"gzip"))
        response.frame(len(response.body))

    def fault_extra(self, response):
        response.after = self.random.choice(
            (b"\r\n", b"x", b"\0" * 10, b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nintruder", b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"))

    def fault_cut(self, response):
        response.cut = self.random.random()
        response.ending = self.random.choice(("close", "reset", "hang"))

    def fault_closed(self, response):
        response.ending = self.random.choice(("close", "reset"))


class Seen:
    """A response as a proxy may read it. `body` is None if it is incomplete or its framing is ambiguous."""

    def __init__(self, data, ended):
        """`ended`: None if the connection stays open; otherwise whether it was closed rather than reset."""
        self.status, self.fields, self.body = None, [], None
        while True:
            head, found, data = data.partition(b"\r\n\r\n")
            lines = head.split(b"\r\n")
            match = re.match(rb"HTTP/1\.[01] ([1-5]\d\d)( |$)", lines[0])
            if not found or not match:
                return
            status = int(match.group(1))
            if status >= 200 or status == 101:
                break
        self.fields = [(name.strip(b" \t"), value.strip(b" \t")) for name, _, value in (line.partition(b":") for line in lines[1:])]
        self.status = status
        if status == 101:
            return
        codings = [value.lower() for name, value in self.fields if name.lower() == b"transfer-encoding"]
        lengths = [part.strip() for name, value in self.fields if name.lower() == b"content-length" for part in value.split(b",")]
        if status in (204, 304):
            self.body = b""
        elif codings:
            self.body = dechunked(data) if codings == [b"chunked"] else None
        elif lengths:
            if len(set(lengths)) == 1 and lengths[0].isdigit() and len(data) >= int(lengths[0][:12]):
                self.body = data[: int(lengths[0])]
        elif ended:
            self.body = data

    def bodies(self):
        """The content as sent, and decoded if it is gzip. Empty if it is incomplete."""
        if self.body is None:
            return []
        decoded = gunzip(self.body)
        return [self.body] if decoded is None else [self.body, decoded]

    def tokens(self):
        """Every string that may be read as a token."""
        found = set()
        for body in self.bodies():
            found.update(re.findall(rb'"access_token"\s*:\s*"([^"\\]*)"', body))
            try:
                value = json.loads(body)
                found.add(value["access_token"].encode())
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                pass
        return found


def gunzip(data):
    """Decodes all members; None if the data is not valid gzip to its end."""
    out = b""
    while data:
        engine = zlib.decompressobj(31)
        try:
            out += engine.decompress(data) + engine.flush()
        except zlib.error:
            return None
        if not engine.eof:
            return None
        data = engine.unused_data
    return out


def dechunked(data):
    """None if it is incomplete or malformed."""
    out = b""
    while True:
        line, found, data = data.partition(b"\r\n")
        size = re.match(rb"([0-9A-Fa-f]{1,15})[ \t]*(;|$)", line)
        if not found or not size:
            return None
        size = int(size.group(1), 16)
        if size == 0:
            return out if data.startswith(b"\r\n") or b"\r\n\r\n" in data else None
        if len(data) < size + 2 or data[size : size + 2] != b"\r\n":
            return None
        out += data[:size]
        data = data[size + 2 :]
