import Wire

/// The bytes of one response: received into one buffer, parsed and decoded in place.
///
///     | head | unread content | framing and bytes not yet decoded |
///     0      head.length      contentEnd                          count
///
/// Decoded content stays where it is, or moves down over the framing before it. Pure: the exchange reads into it.
struct ResponseInput {
    /// The state of the response after the bytes received so far.
    enum Progress {
        case incomplete
        case head
        /// - Parameter isExact: nothing was received after the response.
        case end(isExact: Bool)
        case broken(ResponseFault)
    }

    private(set) var buffer = ByteBuffer(capacity: Self.headCapacity)
    private var parser = ResponseHeadParser(limits: .init(head: 128 << 10, line: 32 << 10, fields: 256))
    private var decoder = ResponseBodyDecoder(.none)
    /// The end of unread content, which begins at the head's end.
    private var contentEnd = 0
    private(set) var isHeadComplete = false

    /// Fits most response heads with their content.
    private static let headCapacity = 4 << 10
    /// Space for reading larger content: one TLS record.
    private static let readCapacity = 16 << 10
    /// A buffer that grew beyond this is not reused.
    private static let keptCapacity = 80 << 10

    /// Offsets are into the buffer's unread bytes; meaningful once `isHeadComplete`.
    var head: ResponseHead { parser.head }
    /// Whether the end of the content is explicit, rather than that of the connection.
    var endsByFraming: Bool { decoder.endsByFraming }

    /// Receives once.
    mutating func receive(from stream: Stream) -> Stream.Transfer {
        buffer.reserve(isHeadComplete ? Self.readCapacity : buffer.isEmpty ? 1 : Self.headCapacity / 2)
        return stream.read(into: &buffer)
    }

    /// Parses the head, and skips interim responses.
    mutating func parseHead(toHead isHeadRequest: Bool) -> Progress {
        while true {
            switch buffer.withUnread({ parser.parse($0, toHead: isHeadRequest) }) {
            case .incomplete: return .incomplete
            case .interim:
                buffer.consume(parser.head.length)
                parser.continueAfterInterim()
            case .complete:
                isHeadComplete = true
                decoder = ResponseBodyDecoder(parser.head.framing)
                contentEnd = parser.head.length
                return .head
            case .broken(let fault): return .broken(fault)
            }
        }
    }

    /// Removes the framing from bytes received after the head.
    mutating func decode() -> Progress {
        var offset = contentEnd
        var end = contentEnd
        var progress: Progress?
        while progress == nil {
            switch buffer.withUnread({ decoder.next($0, from: &offset) }) {
            case .data(let range):
                buffer.move(range, to: end)
                end += range.count
            case .needMore: progress = .incomplete
            case .end: progress = .end(isExact: offset == buffer.count)
            case .broken(let fault): progress = .broken(fault)
            }
        }
        contentEnd = end
        buffer.truncate(to: end)
        return progress ?? .incomplete
    }

    /// Whether the response is complete now that its connection has ended.
    mutating func isComplete(afterCleanEnd isClean: Bool) -> Bool { decoder.closed(cleanly: isClean) == .end }

    // MARK: Head and content

    /// Bytes of received content that have not been read yet.
    var contentCount: Int { isHeadComplete ? contentEnd - parser.head.length : 0 }

    /// Of the buffer's unread bytes; empty until the head is complete.
    var headRange: Range<Int> { 0..<(isHeadComplete ? min(parser.head.length, buffer.count) : 0) }

    /// The received content that has not been read yet, of the buffer's unread bytes.
    var contentRange: Range<Int> {
        let start = headRange.upperBound
        return start..<max(start, isHeadComplete ? min(contentEnd, buffer.count) : 0)
    }

    /// Drops the received content.
    mutating func consumeContent() {
        guard isHeadComplete else { return }
        contentEnd = parser.head.length
        buffer.truncate(to: contentEnd)
    }

    /// Empties it for the next response.
    /// - Parameter wiping: whether all bytes are overwritten.
    mutating func reset(wiping: Bool) {
        if wiping { buffer.wipe() } else { buffer.removeAll() }
        if buffer.capacity > Self.keptCapacity { buffer = ByteBuffer(capacity: Self.headCapacity) }
        parser.reset()
        contentEnd = 0
        isHeadComplete = false
    }
}
