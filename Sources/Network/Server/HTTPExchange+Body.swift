import Wire

extension HTTPExchange {
    /// The body's length as declared by the request: 0 without a body, nil for a chunked one.
    public var declaredBodyLength: Int? { body.declared }

    /// The maximum size of the body in bytes.
    public var bodyLimit: Int { body.limit }

    /// Whether the whole body has been read.
    public var isBodyComplete: Bool { body.isComplete }

    /// The next chunk of the body, decoded from its framing; nil at its end. Sends a 100 (Continue) if the client waits for it.
    /// - Throws: `BodyError.refused` if it is malformed, longer than the limit or too slow; `.connectionLost`.
    public func nextBodyChunk() async throws(BodyError) -> [UInt8]? {
        if let declared = body.declared, declared > body.limit {
            throw refuseBody(Refusal(413, "The request body exceeds the gateway's limit."))
        }
        while true {
            switch body.framing {
            case .complete: return nil
            case .broken: throw .connectionLost
            case .length, .chunked: break
            }
            if let chunk = try decode() {
                turn += chunk.count
                if turn >= Self.turnLimit {
                    turn = 0
                    await connection.reactor.yield()
                }
                return chunk
            }
            if body.isComplete { return nil }
            try await readMore()
        }
    }

    /// Yields after this many bytes, for clients that send as fast as they are read and handlers that never wait.
    private static let turnLimit = 64 << 10

    /// The rest of the body is no longer needed: a pending or later `nextBodyChunk` in another task ends with
    /// `.connectionLost`.
    public func interruptBody() {
        isBodyUnwanted = true
        connection.stream.interruptReader()
    }

    /// Decodes received bytes.
    private func decode() throws(BodyError) -> [UInt8]? {
        let available = memory.input.count
        guard body.offset < available else { return nil }
        var chunk: [UInt8] = []
        switch body.framing {
        case .length(let remaining):
            let count = min(remaining, available - body.offset)
            chunk = memory.input.copy(body.offset..<(body.offset + count))
            body.offset += count
            body.framing = count == remaining ? .complete : .length(remaining: remaining - count)
        case .chunked(var decoder):
            // Moved out of the enum while it is modified, to avoid a copy.
            body.framing = .broken
            let result = decodeChunks(&decoder, memory, into: &chunk)
            if case .failure(let refusal) = result { throw refuseBody(refusal) }
            body.framing = result == .success(true) ? .complete : .chunked(decoder)
        case .complete, .broken: break
        }
        body.received += chunk.count
        if body.received > body.limit { throw refuseBody(Refusal(413, "The request body exceeds the gateway's limit.")) }
        if body.offset == memory.input.count {
            // All of it has been copied: the space after the head is free again.
            memory.input.truncate(to: body.headLength)
            body.offset = body.headLength
            if body.isComplete { memory.shrink(to: body.headLength, connection.server.memoryGauge) }
        }
        return chunk.isEmpty ? nil : chunk
    }

    /// - Returns: whether the last chunk and its trailers have been read.
    private func decodeChunks(
        _ decoder: inout ChunkedDecoder, _ memory: ConnectionMemory, into chunk: inout [UInt8]
    ) -> Result<Bool, Refusal> {
        while body.offset < memory.input.count {
            switch memory.input.withUnread({ decoder.next($0, from: &body.offset) }) {
            case .data(let range): chunk.append(contentsOf: memory.input.slice(range))
            case .needMore: return .success(false)
            case .end: return .success(true)
            case .broken(let fault): return .failure(Refusal(fault))
            }
        }
        return .success(false)
    }

    private func readMore() async throws(BodyError) {
        let stream = connection.stream
        if body.startedAt == nil { body.startedAt = .now() }
        if body.owesContinue {
            body.owesContinue = false
            if case .pending = response { try await sendContinue() }
        }
        while true {
            // Also if an event woke the reader before the interruption.
            if isBodyUnwanted { throw endBody() }
            if stream.mayBeReadable {
                guard await connection.server.pressure.admit(holding: heldBytes, isShedLast: isShedLast) else {
                    throw refuseBody(MemoryPressure.refusal)
                }
                if isBodyUnwanted { throw endBody() }
                memory.reserve(ConnectionMemory.bodyCapacity, connection.server.memoryGauge)
                switch stream.read(into: &memory.input) {
                case .bytes: return
                case .wouldBlock: break
                case .end, .failed: throw endBody()
                }
            }
            let deadline = min(bodyEnd, body.deadline(connection.server.settings))
            switch await connection.waitReadable(until: deadline, holding: heldBytes, isShedLast: isShedLast) {
            case nil: throw refuseBody(MemoryPressure.refusal)
            case .ready: break
            case .timedOut:
                body.isTooSlow = true
                throw refuseBody(Refusal(408, "The request body arrives too slowly."))
            case .interrupted: throw endBody()
            }
        }
    }

    /// What a refusal would free.
    private var heldBytes: Int { (heldBody ?? body.received) + memory.counted }

    private func endBody() -> BodyError {
        body.framing = .broken
        keepsAlive = false
        return .connectionLost
    }

    /// RFC 9110 section 10.1.1.
    private func sendContinue() async throws(BodyError) {
        memory.output.status(100)
        memory.output.endHead()
        if await !flush() {
            body.framing = .broken
            throw .connectionLost
        }
    }

    private func refuseBody(_ refusal: Refusal) -> BodyError {
        body.framing = .broken
        keepsAlive = false
        return .refused(refusal)
    }

    /// Reads and drops the rest of the body, if it is short and arrives soon.
    /// - Returns: whether the next request can be parsed.
    func drainBody() async -> Bool {
        if body.isComplete { return true }
        // A client still waiting for a 100 will not send its body; one that did not wait is already sending.
        guard keepsAlive, !body.owesContinue, let declared = body.declared,
            declared <= connection.server.settings.drainedBody
        else { return false }
        bodyEnd = .now() + connection.server.settings.bodyGrace
        do {
            while let _ = try await nextBodyChunk() {}
            return true
        } catch {
            return false
        }
    }
}
