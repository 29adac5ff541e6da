public import Policy
public import Wire

/// One request and its response on a connection.
public final class HTTPExchange {
    let connection: Connection
    let memory: ConnectionMemory
    /// The request's head. Its ranges are offsets into `withHeadBytes`' span.
    public private(set) var head: RequestHead
    private let requestHeadLength: Int
    /// Where the request's body stands.
    var body: RequestBody
    /// The deadline for the body regardless of its rate: set by the handler.
    public var bodyEnd = Instant.distantFuture
    /// Whether it is refused last under memory pressure.
    public var isShedLast = false
    /// What the handler holds of the body, and a refusal would free; nil: all that has come.
    public var heldBody: Int?
    /// Bytes of the body handed over since others last had their turn.
    var turn = 0
    /// `interruptBody` was called.
    var isBodyUnwanted = false
    var response = ResponseState.pending
    /// Whether the connection may be kept after this exchange.
    var keepsAlive: Bool
    /// Bytes of the response's body written so far, before framing.
    public internal(set) var sentBodyBytes = 0

    /// Bytes of the response accepted by the kernel, and those of its head.
    public internal(set) var sentBytes = 0
    var headBytes = 0

    init(connection: Connection) {
        self.connection = connection
        memory = connection.memory
        head = memory.parser.head
        requestHeadLength = head.length
        body = RequestBody(head, limit: connection.server.settings.body)
        keepsAlive = head.keepsAlive && !connection.server.isDraining
    }

    /// An exchange whose request could not be parsed.
    init(connection: Connection, refusal: Refusal) {
        self.connection = connection
        memory = connection.memory
        head = memory.parser.head
        requestHeadLength = head.length
        body = RequestBody()
        keepsAlive = false
    }

    public var info: ConnectionInfo { connection.info }

    /// For logs: who is at the other end, if that says more than the listener does.
    public var client: ConnectionClient? { connection.client }

    /// Lends the bytes of the head.
    public func withHeadBytes<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try memory.input.withUnread { (bytes) throws(E) in try body(bytes.extracting(first: requestHeadLength)) }
    }

    /// Called outside any Swift job when the client closes its side during the exchange, and when the connection breaks:
    /// once or twice.
    public var onClientGone: (() -> Void)? {
        get { connection.stream.onPeerClosed }
        set {
            connection.stream.onPeerClosed = newValue
            if connection.stream.isPeerClosed { newValue?() }
        }
    }

    /// Whether the response was truncated, or never begun because the client disconnected.
    public var isCut: Bool { response == .aborted }

    /// Bytes of the request's body that were read, decoded from the framing.
    public var receivedBodyBytes: Int { body.received }

    /// Whether the client has closed its side, or the connection is broken. A half-closed client that waits for
    /// the response looks the same.
    public var isClientGone: Bool { connection.stream.isPeerClosed }

    /// Whether the connection is broken: no response can reach the client.
    public var isConnectionLost: Bool { connection.stream.isBroken }

    /// Gives the handler access to the raw connection, for output that no well-behaved server sends. Nothing else is written or read;
    /// it closes cleanly when the handler returns, unless the handler has reset it.
    public func takeOver() -> Stream {
        response = .takenOver
        keepsAlive = false
        return connection.stream
    }

    /// What happens to the connection after an exchange.
    enum Conclusion {
        case keep
        case close
        /// It closes after the client has read the response.
        case linger(Connection.Linger)
    }

    /// Finishes a response that the handler left open.
    func conclude() async -> Conclusion {
        connection.stream.onPeerClosed = nil
        if case .pending = response {
            keepsAlive = false
            start(500)
            await finish()
        }
        if response == .takenOver { return .close }
        guard case .complete = response else {
            connection.stream.reset()
            return .close
        }
        // Also while the server drains, if the client was not informed: its next request may be in transit.
        if await drainBody(), keepsAlive {
            memory.input.consume(body.offset)
            // The parser's array of fields is used again, unless another head shares it.
            head = RequestHead()
            memory.parser.reset()
            return .keep
        }
        return .linger(lingering)
    }

    private var lingering: Connection.Linger {
        let settings = connection.server.settings
        var linger = Connection.Linger(
            time: settings.discardTime, silence: settings.discardSilence, bytes: max(settings.body, 1 << 20), endsWithDrain: true)
        switch body.framing {
        case .complete where body.headLength > 0: linger.expected = 0
        case .length(let remaining): linger.expected = remaining - (memory.input.count - body.offset)
        // The body's end, or whether there is one, is unknown.
        case .complete, .chunked, .broken: if body.isTooSlow { linger.expected = 0 }
        }
        return linger
    }
}

extension HTTPExchange {
    /// The client's address without its port; nil if not TCP. Queries the kernel each time.
    public var peerAddress: String? { connection.stream.peerAddress }

    /// Whether the client runs on this machine (in a pod: in this pod): it connected over loopback or a Unix socket.
    public var isFromThisMachine: Bool {
        // No address: only trust that for a Unix socket, since a closed TCP connection has none either.
        guard let address = peerAddress else { return info.peer != nil }
        return address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
    }
}

/// Metadata of a connection.
public struct ConnectionInfo: Sendable {
    /// The index of the listener that accepted it.
    public var listener: Int
    /// The peer of a Unix socket.
    public var peer: PeerCredentials?
    /// Subject alternative names (URI and DNS) of a verified client certificate.
    public var subjectAlternativeNames: [String] = []

    public init(listener: Int, peer: PeerCredentials? = nil) {
        self.listener = listener
        self.peer = peer
    }
}

/// The client of a connection, for logs. A class, so that each request shares it for one reference count.
public final class ConnectionClient: Sendable {
    /// Its address without the port; nil if unknown.
    public let address: String?
    /// The first subject alternative name (URI or DNS) of its verified certificate.
    public let certificateName: String?

    public init(address: String?, certificateName: String? = nil) {
        self.address = address
        self.certificateName = certificateName
    }
}

/// The state of a response.
enum ResponseState: Equatable {
    case pending
    /// The status line is written; field lines may follow.
    case head(status: Int)
    /// The head is written; body bytes may follow.
    case body(Framing)
    case complete
    /// It will never be complete: the connection must be aborted.
    case aborted
    /// The handler writes to the connection directly.
    case takenOver

    enum Framing: Equatable {
        /// No byte may follow: a response to HEAD, 204 or 304. The handler's output is dropped.
        case none
        case length(remaining: Int)
        case chunked
        /// To an HTTP/1.0 client: the end of the connection is the end of the body.
        case untilClose
    }
}
