public import Wire

/// One request and its answer on a connection.
public final class HTTPExchange {
    let connection: Connection
    let memory: ConnectionMemory
    /// The request's head. Its ranges are offsets into `withHeadBytes`' span.
    public let head: RequestHead
    /// Where the request's body stands.
    var body: RequestBody
    /// When the body must have come, however fast it comes: to be set by who has no more time than that.
    public var bodyEnd = Instant.distantFuture
    /// `interruptBody` was called.
    var isBodyUnwanted = false
    var response = ResponseState.pending
    /// Whether the connection may be kept after this exchange.
    var keepsAlive: Bool
    /// Bytes of the answer's body handed over so far, before framing.
    public internal(set) var sentBodyBytes = 0

    init(connection: Connection) {
        self.connection = connection
        memory = connection.memory
        head = memory.parser.head
        body = RequestBody(head, limit: connection.server.settings.body)
        keepsAlive = head.keepsAlive && !connection.server.isDraining
    }

    /// An exchange whose request could not be understood.
    init(connection: Connection, refusal: Refusal) {
        self.connection = connection
        memory = connection.memory
        head = memory.parser.head
        body = RequestBody()
        keepsAlive = false
    }

    public var info: ConnectionInfo { connection.info }

    /// Lends the bytes of the head.
    public func withHeadBytes<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        try memory.input.withUnread { (bytes) throws(E) in try body(bytes.extracting(first: head.length)) }
    }

    /// Called once, outside any Swift job, when the client closes its side or the connection breaks while the exchange is
    /// under way. A client that only closed its sending side looks the same.
    public var onClientGone: (() -> Void)? {
        get { connection.stream.onPeerClosed }
        set {
            connection.stream.onPeerClosed = newValue
            if connection.stream.isPeerClosed { newValue?() }
        }
    }

    /// Whether the answer was cut off, or never begun for want of a client.
    public var isCut: Bool { response == .aborted }

    /// Bytes of the request's body that were read, decoded from the framing.
    public var receivedBodyBytes: Int { body.received }

    /// Whether the client has closed its side, or the connection is broken.
    public var isClientGone: Bool { connection.stream.isPeerClosed }

    /// Gives the connection itself to the handler, for what no well-behaved server sends. Nothing more is written or read for it;
    /// it closes cleanly when the handler returns, unless the handler has reset it.
    public func takeOver() -> Stream {
        response = .takenOver
        keepsAlive = false
        return connection.stream
    }

    /// Finishes what the handler left open.
    /// - Returns: whether the connection can carry another request.
    func conclude() async -> Bool {
        connection.stream.onPeerClosed = nil
        if case .pending = response {
            keepsAlive = false
            start(500)
            await finish()
        }
        if response == .takenOver { return false }
        guard case .complete = response else {
            connection.stream.reset()
            return false
        }
        // Also while the server drains, if the client was not told: its next request may be on its way.
        if await drainBody(), keepsAlive {
            memory.input.consume(body.offset)
            memory.parser.reset()
            return true
        }
        await closeGently()
        return false
    }

    /// Closes so that the client still reads the answer: with unread input in the socket a plain close would be a reset, which
    /// may destroy the answer on its way (RFC 9112 section 9.6).
    private func closeGently() async {
        let stream = connection.stream
        stream.shutdownWrite()
        let deadline = Instant.now() + .seconds(2)
        var budget = 1 << 20
        while budget > 0 {
            memory.input.removeAll()
            memory.input.reserve(ConnectionMemory.capacity)
            switch stream.read(into: &memory.input) {
            case .bytes(let count): budget -= count
            case .wouldBlock: if await stream.waitReadable(until: deadline) != .ready { return }
            case .end, .failed: return
            }
        }
    }
}
