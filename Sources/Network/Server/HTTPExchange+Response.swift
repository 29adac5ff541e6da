import Wire

extension HTTPExchange {
    /// Output is handed to the socket when this much is waiting.
    private static let highWater = 64 << 10

    /// Whether the answer's head has been written, so that the status can no longer change.
    public var hasStarted: Bool { response != .pending }

    /// Begins the final answer: the status line, and `Date`.
    /// - Parameters:
    ///   - status: 200 to 599.
    ///   - withDate: false when the answer brings its own.
    public func start(_ status: Int, withDate: Bool = true) {
        guard response == .pending else { return }
        response = .head(status: status)
        let server = connection.server
        memory.output.reserve(ConnectionMemory.answerCapacity)
        memory.output.status(status)
        guard withDate else { return }
        server.date.update(.now())
        let date = server.date.bytes
        memory.output.field("Date", date.span)
    }

    /// Adds a field line.
    /// - Returns: false, and nothing is added, when the name is no token or the value has CR, LF or NUL.
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

    /// Ends the answer with a body that is all there: one write, with Content-Length.
    public func finish(_ bytes: [UInt8] = []) async {
        guard case .head(let status) = response else { return }
        // A 304's length would be that of the 200 that it stands for, which nobody has told (RFC 9110 section 8.6).
        let isBodiless = endHead(status, length: status == 304 ? nil : bytes.count)
        sentBodyBytes = isBodiless ? 0 : bytes.count
        if !isBodiless { memory.output.body(bytes.span) }
        response = await flush() ? .complete : .aborted
    }

    /// Ends the response with a body that is all there, as `finish` does, but leaves the sending to `sendWhole`.
    /// - Parameter length: what Content-Length says where the request was a HEAD; nil: nothing.
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

    /// Writes a stretch of the body, to be sent by `flush`.
    /// - Returns: false when more is written than was announced, or nothing can be written any more; the connection is cut then.
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

    /// Bytes of the body that the kernel took, where the connection was cut; all of them where it was not.
    public var deliveredBodyBytes: Int { isCut ? min(sentBodyBytes, max(0, sentBytes - headBytes)) : sentBodyBytes }

    /// Ends the head of an answer whose body follows by `write`.
    /// - Parameter length: the body's length if it is known: then exactly so many bytes must follow. For an answer to HEAD, what
    ///   the length would be; nil says nothing of it.
    public func startBody(length: Int?) {
        guard case .head(let status) = response else { return }
        _ = endHead(status, length: length)
    }

    /// - Returns: whether the answer has no body, whatever is written.
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
        // An unread body that is not known to be dropped cheaply ends the connection: say so.
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

    /// Writes a stretch of the body; suspends while the client does not read.
    /// - Returns: false when the client is gone, does not read for longer than the write-stall limit, or more is written than
    ///   was announced: the connection is cut, and nothing more can be written.
    public func write(_ bytes: ArraySlice<UInt8>) async -> Bool {
        guard put(bytes.span) else { return false }
        if memory.output.bytes.count < Self.highWater { return true }
        return await flush()
    }

    /// Ends the body. One that is shorter than announced can only be cut.
    /// - Returns: whether all of the answer was handed to the kernel.
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

    /// Overwrites what was written: for an answer that was a secret, once it is finished.
    public func wipeOutput() { memory.output.wipe() }

    /// Cuts the connection: the client sees that the answer is not whole, whatever it had got of it.
    public func abort() {
        response = .aborted
        keepsAlive = false
        connection.stream.reset()
    }

    /// Writes what is waiting to the socket.
    /// - Returns: false when the connection is broken or the client does not read; it is cut then.
    public func flush() async -> Bool {
        let stream = connection.stream
        var sent = 0
        while sent < memory.output.bytes.count {
            switch memory.write(from: sent, to: stream) {
            case .bytes(let count):
                sent += count
                sentBytes += count
            case .wouldBlock:
                let deadline = connection.reactor.now + connection.server.settings.writeStall
                if await stream.waitWritable(until: deadline) == .ready { continue }
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
