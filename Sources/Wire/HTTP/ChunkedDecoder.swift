/// The chunked coding, decoded as it arrives (RFC 9112 section 7.1). Nothing is copied: data is returned as ranges of the input.
///
/// Strict where leniency has been exploited for request smuggling: exact CRLFs, plain hexadecimal sizes, no white space around
/// them, well-formed extensions and trailers. Extensions and trailers are bounded and dropped.
///
///     var offset = 0
///     while true {
///         switch decoder.next(input, from: &offset) { … }
///     }
public struct ChunkedDecoder: Sendable {
    public enum Event: Hashable, Sendable {
        /// Body bytes, as a range of the input; never empty.
        case data(Range<Int>)
        /// The input is used up.
        case needMore
        /// The body ended just before the offset; what follows is the next message.
        case end
        /// The coding is malformed. Close the connection: the start of the next message is unknown.
        case broken(Fault)
    }

    /// Errors of a chunked body; requests and responses map them to different messages.
    public enum Fault: Error, Hashable, Sendable {
        /// A size that is not 1 to 16 hexadecimal digits, or is followed by something other than an extension or CRLF.
        case size
        /// A size that is too large.
        case sizeTooLarge
        /// A size line that does not end in CRLF.
        case lineEnd
        /// Data that is not followed by CRLF.
        case dataEnd
        case chunkExtension, extensionsTooLarge
        case trailer, trailersTooLarge
    }

    /// The maximum size of all chunk extensions of one body.
    public static let extensionLimit = 16 << 10
    /// The maximum size of the trailer section.
    public static let trailerLimit = 16 << 10

    private var state = State.size
    private var sizeDigits = 0
    /// The size while it is read; then the bytes of the chunk that are still to come.
    private var remaining = 0
    private var extensionBytes = 0
    private var trailerBytes = 0

    public init() {}

    /// Whether the complete body was decoded.
    public var isAtEnd: Bool { if case .ended(.end) = state { true } else { false } }

    /// Decodes up to the next event.
    /// - Parameters:
    ///   - input: bytes of the body.
    ///   - offset: the position in `input`; advanced past decoded bytes. Start at 0 with each new input.
    /// - Returns: `end` and `broken` are final.
    public mutating func next(_ input: Span<UInt8>, from offset: inout Int) -> Event {
        if case .ended(let event) = state { return event }
        do throws(Fault) {
            while offset < input.count {
                if case .data = state {
                    let end = offset + min(remaining, input.count - offset)
                    let data = offset..<end
                    remaining -= data.count
                    if remaining == 0 { state = .dataEnd }
                    offset = end
                    return .data(data)
                }
                state = try state(after: input[offset])
                offset += 1
                if case .ended(let event) = state { return event }
            }
            return .needMore
        } catch {
            state = .ended(.broken(error))
            return .broken(error)
        }
    }

    //  size ─┬─ ";" ─> extension… ─┐                      ┌───────────── CRLF <─ dataEnd <─┐
    //        └─ CR ────────────────┴─> sizeLineEnd ─ LF ─┼─ size > 0 ─> data ─────────────┘
    //   (back to size)                                   └─ size = 0 ─> trailerStart ─┬─ name ":" value CRLF (again)
    //                                                                                  └─ CRLF ─> ended
    private enum State {
        case size, sizeLineEnd
        case extensionName(isEmpty: Bool), extensionValue(isEmpty: Bool)
        case extensionQuoted, extensionEscape, extensionQuotedEnd
        case data, dataEnd, dataLineEnd
        case trailerStart, trailerName, trailerValue, trailerLineEnd, lastLineEnd
        case ended(Event)
    }

    /// One step of the grammar, except data.
    private mutating func state(after byte: UInt8) throws(Fault) -> State {
        switch state {
        case .size:
            return try takeSize(byte)
        case .sizeLineEnd:
            guard byte == .lineFeed else { throw .lineEnd }
            sizeDigits = 0
            return remaining == 0 ? .trailerStart : .data
        case .extensionName, .extensionValue, .extensionQuoted, .extensionEscape, .extensionQuotedEnd:
            return try takeExtension(byte)
        case .dataEnd:
            guard byte == .carriageReturn else { throw .dataEnd }
            return .dataLineEnd
        case .dataLineEnd:
            guard byte == .lineFeed else { throw .dataEnd }
            return .size
        case .trailerStart, .trailerName, .trailerValue, .trailerLineEnd, .lastLineEnd:
            return try takeTrailer(byte)
        case .data, .ended:
            return state
        }
    }

    private mutating func takeSize(_ byte: UInt8) throws(Fault) -> State {
        if let digit = byte.hexValue {
            guard sizeDigits < 16 else { throw .size }
            guard remaining <= Int.max >> 4 else { throw .sizeTooLarge }
            sizeDigits += 1
            remaining = remaining << 4 | Int(digit)
            return .size
        }
        guard sizeDigits > 0 else { throw .size }
        switch byte {
        case .carriageReturn: return .sizeLineEnd
        case .semicolon: return .extensionName(isEmpty: true)
        default: throw byte == .lineFeed ? .lineEnd : .size
        }
    }

    /// `";" ext-name [ "=" ( token / quoted-string ) ]`, again and again (RFC 9112 section 7.1.1).
    private mutating func takeExtension(_ byte: UInt8) throws(Fault) -> State {
        extensionBytes += 1
        guard extensionBytes <= Self.extensionLimit else { throw .extensionsTooLarge }
        switch state {
        case .extensionName(let isEmpty):
            if byte.isTokenCharacter { return .extensionName(isEmpty: false) }
            guard !isEmpty else { throw .chunkExtension }
            if byte == .equals { return .extensionValue(isEmpty: true) }
        case .extensionValue(let isEmpty):
            if byte.isTokenCharacter { return .extensionValue(isEmpty: false) }
            if isEmpty {
                guard byte == .quote else { throw .chunkExtension }
                return .extensionQuoted
            }
        case .extensionQuoted:
            guard !byte.isForbiddenControl else { throw .chunkExtension }
            return byte == .quote ? .extensionQuotedEnd : byte == .backslash ? .extensionEscape : .extensionQuoted
        case .extensionEscape:
            guard !byte.isForbiddenControl else { throw .chunkExtension }
            return .extensionQuoted
        default:
            break
        }
        switch byte {
        case .carriageReturn: return .sizeLineEnd
        case .semicolon: return .extensionName(isEmpty: true)
        default: throw byte == .lineFeed ? .lineEnd : .chunkExtension
        }
    }

    private mutating func takeTrailer(_ byte: UInt8) throws(Fault) -> State {
        trailerBytes += 1
        guard trailerBytes <= Self.trailerLimit else { throw .trailersTooLarge }
        switch state {
        case .trailerStart:
            if byte == .carriageReturn { return .lastLineEnd }
            guard byte.isTokenCharacter else { throw .trailer }
            return .trailerName
        case .trailerName:
            if byte == .colon { return .trailerValue }
            guard byte.isTokenCharacter else { throw .trailer }
            return .trailerName
        case .trailerValue:
            if byte == .carriageReturn { return .trailerLineEnd }
            guard !byte.isForbiddenControl else { throw .trailer }
            return .trailerValue
        default:
            guard byte == .lineFeed else { throw .trailer }
            if case .lastLineEnd = state { return .ended(.end) }
            return .trailerStart
        }
    }
}
