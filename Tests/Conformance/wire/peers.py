"""The parsers that ours is compared with: llhttp, which is Node's, through httptools; and h11, in pure Python."""

import h11
import httptools

from session import Request, Session


def llhttp(pieces: list[bytes]) -> Session:
    session = Session()
    handler = _Handler(session)
    parser = handler.parser = httptools.HttpRequestParser(handler)
    for piece in pieces:
        try:
            if piece:
                parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            # llhttp stops after a request that asks to upgrade, and leaves it to its caller to go on.
            session.end = "upgrade"
            return session
        except httptools.HttpParserError as error:
            if "Data after `Connection: close`" in str(error):
                session.end = "closed"
            else:
                session.end, session.reason = "refused", str(error)
            return session
    if handler.request is not None:
        session.end = "incomplete"
    elif session.requests and not session.requests[-1].keeps_alive:
        session.end = "closed"
    return session


class _Handler:
    def __init__(self, session: Session):
        self.session = session
        self.request = None
        self.in_head = False

    def on_message_begin(self):
        self.request = Request(b"", b"", "", [])
        self.in_head = True

    def on_url(self, url: bytes):
        self.request.target += url

    def on_header(self, name: bytes, value: bytes):
        if self.in_head:
            self.request.fields.append((name, value))

    def on_headers_complete(self):
        self.in_head = False
        self.request.method = self.parser.get_method()
        self.request.version = self.parser.get_http_version()
        self.request.keeps_alive = self.parser.should_keep_alive()

    def on_body(self, body: bytes):
        self.request.body += body

    def on_message_complete(self):
        self.session.requests.append(self.request)
        self.request = None


def h11_(pieces: list[bytes]) -> Session:
    session = Session()
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    request = None
    received = False
    for piece in pieces:
        if not piece:
            continue
        received = True
        try:
            connection.receive_data(piece)
            while True:
                event = connection.next_event()
                if isinstance(event, h11.Request):
                    version = event.http_version.decode("ascii")
                    request = Request(event.method, event.target, version, list(event.headers))
                elif isinstance(event, h11.Data):
                    request.body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    session.requests.append(request)
                    request = None
                    connection.send(h11.Response(status_code=404, headers=[(b"content-length", b"0")]))
                    connection.send(h11.EndOfMessage())
                    if connection.our_state is not h11.DONE:
                        session.requests[-1].keeps_alive = False
                        session.end = "closed"
                        return session
                    connection.start_next_cycle()
                elif event is h11.NEED_DATA:
                    break
                else:
                    # An upgrade that was offered and, by the answer above, not taken.
                    connection.start_next_cycle()
        except h11.RemoteProtocolError as error:
            session.end, session.reason, session.status = "refused", str(error), error.error_status_hint
            return session
    leftover = connection.trailing_data[0].strip(b"\r\n")
    if request is not None or leftover or not received:
        session.end = "incomplete" if request is not None or leftover else "idle"
    return session


PEERS = {"llhttp": llhttp, "h11": h11_}
