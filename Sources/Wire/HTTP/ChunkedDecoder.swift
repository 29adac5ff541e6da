/// The chunked coding, decoded as it arrives (RFC 9112 section 7.1). Nothing is copied: data is told as ranges of the input.
///
/// Strict where leniency has been used to smuggle requests: exact CRLFs, plain hexadecimal sizes, no white space around
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
        /// The body ended just before the offset; what follows is the next request.
        case end
        /// The coding is broken. Close the connection: where the next request begins cannot be known.
        case refused(Refusal)
    }

    /// Bytes that all chunk extensions of one body may have.
    public static let extensionLimit = 16 << 10
    /// Bytes that the trailer section may have.
    public static let trailerLimit = 16 << 10

    var state = State.size
    var sizeDigits = 0
    /// The size while it is read; then the bytes of the chunk that are still to come.
    var remaining = 0
    var extensionBytes = 0
    var trailerBytes = 0

    public init() {}

    /// Whether the whole body was seen.
    public var isAtEnd: Bool { if case .ended(.end) = state { true } else { false } }

    /// Decodes up to the next event.
    /// - Parameters:
    ///   - input: bytes of the body.
    ///   - offset: where to go on in `input`; moved behind what was decoded. Start at 0 with each new input.
    /// - Returns: `end` and `refused` are final.
    public mutating func next(_ input: Span<UInt8>, from offset: inout Int) -> Event {
        if case .ended(let event) = state { return event }
        do throws(Refusal) {
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
            state = .ended(.refused(error))
            return .refused(error)
        }
    }
}
