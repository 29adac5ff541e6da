import Wire

/// The bytes of one request that are still to be sent: its head, and its content. Content is there from the start, or it is streamed:
///
///     start -> append … append -> end -> finish
///                `-----------------`---> stop: the upstream no longer reads
struct RequestOutput {
    /// Streamed content.
    enum Upload: Equatable {
        /// None, or all of it has been sent.
        case none
        case length(remaining: Int)
        case chunked
        case stopped
    }

    private var writer = RequestWriter()
    /// Content after the writer's bytes that is not copied.
    private var content: [UInt8] = []
    private var sent = 0
    private(set) var upload = Upload.none
    /// Whether the request has content.
    private(set) var hasContent = false

    /// A buffer that grew beyond this is not reused.
    private static let keptCapacity = 80 << 10
    /// Content up to this size is copied, for a single write.
    private static let copiedContent = 16 << 10

    /// The copied bytes, including those that have been sent.
    var copied: [UInt8] { writer.bytes }
    var pendingCount: Int { writer.bytes.count + content.count - sent }

    /// - Parameter isSecret: copies all of the content, since only the copy is wiped afterwards.
    /// - Returns: false if the method or the path cannot be sent.
    mutating func start(
        method: Span<UInt8>, path: Span<UInt8>, host: Span<UInt8>, fields: HeaderBlock, body: UpstreamBody, isSecret: Bool
    ) -> Bool {
        guard !path.isEmpty, path[0] == UInt8(ascii: "/"), path.firstIndex(of: UInt8(ascii: "#"), in: path.indices) == nil,
            writer.requestLine(method, path)
        else { return false }
        writer.field("Host", host)
        writer.fields(fields)
        switch body {
        case .none, .stream(length: 0): writer.framing(.none)
        case .bytes(let bytes): writer.framing(.length(bytes.count))
        case .stream(let length?):
            writer.framing(.length(length))
            upload = .length(remaining: length)
        case .stream(nil):
            writer.framing(.chunked)
            upload = .chunked
        }
        writer.endHead()
        hasContent = upload != .none
        if case .bytes(let bytes) = body {
            hasContent = !bytes.isEmpty
            if bytes.count <= Self.copiedContent || isSecret { writer.body(bytes.span) } else { content = bytes }
        }
        return true
    }

    /// Appends a part of the streamed content.
    /// - Returns: false if it exceeds the announced length.
    mutating func append(_ bytes: Span<UInt8>) -> Bool {
        switch upload {
        case .length(let remaining):
            guard bytes.count <= remaining else { return false }
            upload = .length(remaining: remaining - bytes.count)
            writer.body(bytes)
        case .chunked: writer.chunk(bytes)
        case .none, .stopped: break
        }
        return true
    }

    /// Appends what ends the streamed content.
    /// - Returns: false if less than the announced length was appended.
    mutating func end() -> Bool {
        if case .length(let remaining) = upload, remaining > 0 { return false }
        if upload == .chunked { writer.lastChunk() }
        return true
    }

    /// All of the streamed content has been sent.
    mutating func finish() { upload = .none }

    mutating func stop() { upload = .stopped }

    /// One write, as far as the stream accepts it.
    mutating func send(on stream: Stream) -> Stream.Transfer {
        let head = writer.bytes.count
        let result =
            sent < head
            ? stream.write(writer.bytes.span.extracting(sent...)) : stream.write(content.span.extracting((sent - head)...))
        if case .bytes(let count) = result { sent += count }
        if pendingCount == 0 {
            writer.removeAll()
            content = []
            sent = 0
        }
        return result
    }

    /// Empties it for the next request, and overwrites the copied bytes.
    mutating func reset() {
        writer.wipe()
        if writer.bytes.capacity > Self.keptCapacity { writer = RequestWriter() }
        content = []
        sent = 0
        upload = .none
    }
}
