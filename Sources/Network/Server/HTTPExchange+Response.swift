import Wire

extension HTTPExchange {
    /// Output is written to the socket when this much is pending.
    private static let highWater = 64 << 10

    /// Whether the response's head has been written, so that the status can no longer change.
    public var hasStarted: Bool { response != .pending }

    /// Begins the final response: the status line, and `Date`.
    /// - Parameters:
    ///   - status: 200 to 599.
    ///   - withDate: false if the response has its own.
    public func start(_ status: Int, withDate: Bool = true) {
        guard response == .pending else { return }
        response = .head(status: status)
        let server = connection.server
        connection.server.memory.lendOutput(to: memory)
        memory.output.status(status)
        guard withDate else { return }
        server.date.update(.now())
        let date = server.date.bytes
        memory.output.field("Date", date.span)
    }

    /// Adds a field line.
    /// - Returns: false, and nothing is added, if the name is not a token or the value has CR, LF or NUL.
    @discardableResult
    public func add(_ name: StaticString, _ value: Span<UInt8>) -> Bool {
        memory.output.field(name, value)
    }

    @discardableResult
    public func add(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool { memory.output.field(name, value) }

    @discardableResult
    public func add(_ name: StaticString, _ value: String) -> Bool { memory.output.field(name, value) }

    @discardableResult
    public func add(_ name: StaticString, literal value: StaticString) -> Bool {
        memory.output.field(name, literal: value)
    }

    @discardableResult
    public func add(_ name: StaticString, _ value: Int) -> Bool { memory.output.field(name, value) }

    /// Ends the response with a complete body: one write, with Content-Length.
    public func finish(_ bytes: [UInt8] = []) async {
        guard case .head(let status) = response else { return }
        // A 304's length would be that of the corresponding 200, which is unknown (RFC 9110 section 8.6).
        let isBodiless = endHead(status, length: status == 304 ? nil : bytes.count)
        sentBodyBytes = isBodiless ? 0 : bytes.count
        if !isBodiless { memory.output.body(bytes.span) }
        response = await flush() ? .complete : .aborted
    }

    /// Ends the response with a complete body, as `finish` does, but leaves the sending to `sendWhole`.
    /// - Parameter length: the Content-Length for a HEAD request; nil for none.
    public func writeWhole(_ content: Span<UInt8>, lengthToHead length: Int?) {
        guard case .head(let status) = response else { return }
        let length = head.method == .head ? length : status == 304 ? nil : content.count
        guard !endHead(status, length: length) else { return }
        sentBodyBytes = content.count
        memory.output.body(content)
    }

    public func sendWhole() async {
        guard case .body = response else { return }
        response = await flush() ? .complete : .aborted
    }

    /// Writes a chunk of the body, to be sent by `flush`.
    /// - Returns: false if more is written than announced, or writing is no longer possible; then the connection is aborted.
    public func put(_ bytes: Span<UInt8>) -> Bool {
        guard case .body(let framing) = response else { return false }
        if bytes.isEmpty { return true }
        switch framing {
        case .none: return true
        case .length(let remaining):
            guard bytes.count <= remaining else {
                abort()
                return false
            }
            response = .body(.length(remaining: remaining - bytes.count))
            memory.output.body(bytes)
        case .chunked: memory.output.chunk(bytes)
        case .untilClose: memory.output.body(bytes)
        }
        sentBodyBytes += bytes.count
        return true
    }

    /// Bytes of the body accepted by the kernel if the connection was aborted; otherwise all of them.
    public var deliveredBodyBytes: Int { isCut ? min(sentBodyBytes, max(0, sentBytes - headBytes)) : sentBodyBytes }

    /// Ends the head of a response whose body follows with `write`.
    /// - Parameter length: the body's length if known: then exactly that many bytes must follow. For a response to HEAD, the
    ///   length that the body would have; nil omits it.
    public func startBody(length: Int?) {
        guard case .head(let status) = response else { return }
        _ = endHead(status, length: length)
    }

    /// - Returns: whether the response has no body, regardless of what is written.
    private func endHead(_ status: Int, length: Int?) -> Bool {
        let isBodiless = head.method == .head || status == 204 || status == 304
        if let length {
            // RFC 9110 section 8.6: no Content-Length with a 204.
            if status != 204 { memory.output.framing(.length(length)) }
            response = .body(isBodiless ? .none : .length(remaining: length))
        } else if isBodiless {
            response = .body(.none)
        } else if head.minorVersion == 0 {
            keepsAlive = false
            response = .body(.untilClose)
        } else {
            memory.output.framing(.chunked)
            response = .body(.chunked)
        }
        // An unread body that may be expensive to drop ends the connection: announce it.
        if !body.isComplete, body.owesContinue || (body.declared ?? .max) > connection.server.settings.drainedBody {
            keepsAlive = false
        }
        if !keepsAlive || connection.server.isDraining {
            keepsAlive = false
            memory.output.field("Connection", literal: "close")
        } else if head.minorVersion == 0 {
            memory.output.field("Connection", literal: "keep-alive")
        }
        memory.output.endHead()
        headBytes = memory.output.bytes.count
        return isBodiless
    }

    /// Writes a chunk of the body; suspends while the client does not read.
    /// - Returns: false if the client has disconnected, does not read for longer than the write-stall limit, or more is written than
    ///   announced: the connection is aborted, and nothing more can be written.
    public func write(_ bytes: ArraySlice<UInt8>) async -> Bool {
        guard put(bytes.span) else { return false }
        if memory.output.bytes.count < Self.highWater { return true }
        return await flush()
    }

    /// Ends the body. If it is shorter than announced, the connection is aborted.
    /// - Returns: whether the complete response was passed to the kernel.
    @discardableResult
    public func finishBody() async -> Bool {
        guard case .body(let framing) = response else { return false }
        switch framing {
        case .length(let remaining) where remaining > 0:
            abort()
            return false
        case .chunked: memory.output.lastChunk()
        case .none, .length, .untilClose: break
        }
        guard await flush() else { return false }
        response = .complete
        return true
    }

    /// Overwrites the output: for a response with a secret, once it is finished.
    public func wipeOutput() { memory.output.wipe() }

    /// Aborts the connection: the client detects that the response is incomplete.
    public func abort() {
        response = .aborted
        keepsAlive = false
        connection.stream.reset()
    }

    /// Writes pending output to the socket.
    /// - Returns: false if the connection is broken or the client does not read; then it is aborted.
    public func flush() async -> Bool {
        let stream = connection.stream
        var sent = 0
        while sent < memory.output.bytes.count {
            switch memory.write(from: sent, to: stream) {
            case .bytes(let count):
                sent += count
                sentBytes += count
            case .wouldBlock:
                let unread = stream.unacknowledgedBytes
                let deadline = connection.reactor.now + connection.server.settings.writeStall
                let wake = await stream.waitWritable(until: deadline)
                // The kernel says that there is room when a third of its buffer is free. A slow client may have read in the meantime.
                if wake == .ready { continue }
                if wake == .timedOut, stream.unacknowledgedBytes < unread {
                    connection.server.slowReads += 1
                    continue
                }
                abort()
                return false
            case .end, .failed:
                abort()
                return false
            }
        }
        memory.output.removeAll()
        return true
    }
}
