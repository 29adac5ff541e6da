/// The body of a response, decoded as it arrives, with any framing (RFC 9112 sections 6.3 and 8). Nothing is copied: data is
/// returned as ranges of the input.
///
///     reading ─┬─ its framing's end, or `closed(cleanly: true)` with `untilClose` ─> end
///              └─ a broken coding, or `closed` before the end ─────────────────────> broken
public struct ResponseBodyDecoder: Sendable {
    public enum Event: Hashable, Sendable {
        /// Body bytes, as a range of the input; never empty.
        case data(Range<Int>)
        /// The input is used up.
        case needMore
        /// The body ended just before the offset. Bytes after it do not belong to a response.
        case end
        /// The body is malformed or truncated. Close the connection.
        case broken(ResponseFault)
    }

    private var state: State
    private var decoder = ChunkedDecoder()
    /// Whether the framing defines the body's end, so that it is not the connection's end (RFC 9112 section 9.3).
    public let endsByFraming: Bool

    private enum State {
        /// This many bytes are missing, at least 1.
        case length(Int)
        case chunked, untilClose
        case ended(Event)
    }

    /// - Parameter framing: a negative length counts as none.
    public init(_ framing: ResponseFraming) {
        switch framing {
        case .none: state = .ended(.end)
        case .length(let length): state = length > 0 ? .length(length) : .ended(.end)
        case .chunked: state = .chunked
        case .untilClose: state = .untilClose
        }
        endsByFraming = framing != .untilClose
    }

    /// Decodes up to the next event.
    /// - Parameters:
    ///   - input: bytes of the body.
    ///   - offset: the position in `input`; advanced past decoded bytes.
    /// - Returns: `end` and `broken` are final. A body's last data and its `end` are two events.
    public mutating func next(_ input: Span<UInt8>, from offset: inout Int) -> Event {
        switch state {
        case .ended(let event):
            return event
        case .length(let remaining):
            guard offset < input.count else { return .needMore }
            let data = offset..<offset + min(remaining, input.count - offset)
            state = data.count < remaining ? .length(remaining - data.count) : .ended(.end)
            offset = data.upperBound
            return .data(data)
        case .untilClose:
            guard offset < input.count else { return .needMore }
            defer { offset = input.count }
            return .data(offset..<input.count)
        case .chunked:
            let event: Event =
                switch decoder.next(input, from: &offset) {
                case .data(let range): .data(range)
                case .needMore: .needMore
                case .end: .end
                case .broken(let fault): .broken(ResponseFault(fault))
                }
            if decoder.isAtEnd { state = .ended(event) }
            if case .broken = event { state = .ended(event) }
            return event
        }
    }

    /// Reports that the server has closed the connection, after all earlier bytes were decoded.
    /// - Parameter cleanly: false if it broke: a reset, or over TLS an end without close_notify (RFC 9112 section 9.8).
    /// - Returns: `end` or `broken`; which is final.
    public mutating func closed(cleanly: Bool) -> Event {
        if case .ended(let event) = state { return event }
        var event = Event.broken(.incomplete)
        if case .untilClose = state, cleanly { event = .end }
        state = .ended(event)
        return event
    }
}
