"""The parsers that ours is compared with, on the client's side; see ../peers.py."""

import h11
import httptools

from responses.exchange import EOF, HEAD, Exchange


def llhttp(pieces: list[bytes], mode: int) -> Exchange | None:
    """Nothing for what httptools cannot be told: that the request was a HEAD."""
    if mode & HEAD:
        return None
    handler = _Handler()
    parser = handler.parser = httptools.HttpResponseParser(handler)
    for piece in pieces:
        try:
            if piece:
                parser.feed_data(piece)
        except httptools.HttpParserError as error:
            # What is wrong behind the response is no fault of the response.
            if handler.exchange.end != "complete":
                handler.exchange.end, handler.exchange.reason = "broken", str(error)
            break
        except httptools.HttpParserUpgrade:
            if handler.exchange.end != "complete":
                handler.exchange.end, handler.exchange.reason = "broken", "upgrade"
            break
    return handler.exchange


def llhttp_end(data: bytes, used: int) -> bool:
    """Whether llhttp sees the end of the response where we do: behind so many bytes, and not before."""
    return llhttp([data[: used - 1]], 0).end != "complete" and llhttp([data[: used - 1], data[used - 1 : used]], 0).end == "complete"


class _Handler:
    def __init__(self):
        self.exchange = Exchange()
        self.fields = []
        self.in_head = True

    def on_message_begin(self):
        self.fields = []
        self.in_head = True

    def on_header(self, name: bytes, value: bytes):
        if self.in_head and self.exchange.end == "waiting":
            self.fields.append((name, value))

    def on_headers_complete(self):
        self.in_head = False
        status = self.parser.get_status_code()
        if self.exchange.end == "complete" or status < 200:
            return
        self.exchange.status = status
        self.exchange.version = self.parser.get_http_version()
        self.exchange.fields = self.fields

    def on_body(self, body: bytes):
        if self.exchange.end == "waiting":
            self.exchange.body += body

    def on_message_complete(self):
        if self.exchange.end == "complete":
            return
        if self.parser.get_status_code() < 200:
            self.exchange.interim.append(self.parser.get_status_code())
            return
        self.exchange.keeps_alive = self.parser.should_keep_alive()
        self.exchange.end = "complete"


def h11_(pieces: list[bytes], mode: int) -> Exchange:
    exchange = Exchange()
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    connection.send(h11.Request(method="HEAD" if mode & HEAD else "GET", target="/", headers=[("host", "a")]))
    connection.send(h11.EndOfMessage())
    pieces = [piece for piece in pieces if piece] + ([b""] if mode & EOF else [])
    try:
        for piece in pieces:
            if exchange.end == "complete":
                # What follows it is left.
                exchange.left += len(piece)
                continue
            connection.receive_data(piece)
            while True:
                event = connection.next_event()
                if isinstance(event, h11.InformationalResponse):
                    if event.status_code == 101:
                        exchange.end, exchange.reason = "broken", "upgrade"
                        return exchange
                    exchange.interim.append(event.status_code)
                elif isinstance(event, h11.Response):
                    exchange.status = event.status_code
                    exchange.version = event.http_version.decode("ascii")
                    exchange.fields = list(event.headers)
                elif isinstance(event, h11.Data):
                    exchange.body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    exchange.end = "complete"
                    exchange.keeps_alive = connection.their_state is h11.DONE
                    exchange.left = len(connection.trailing_data[0])
                    break
                else:
                    break
    except h11.RemoteProtocolError as error:
        exchange.end, exchange.reason = "broken", str(error)
    return exchange


PEERS = {"llhttp": llhttp, "h11": h11_}
