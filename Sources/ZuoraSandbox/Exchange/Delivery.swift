/// How a reply is sent: when, in what pieces, and whether completely.
public struct Delivery: Hashable, Sendable {
    /// How the end of the body is marked (RFC 9112 section 6.3).
    public var framing = Framing.chunked
    /// The delay before the first byte.
    public var delay: Duration = .zero
    /// The delay between head and body.
    public var bodyDelay: Duration = .zero
    /// Bytes of each write; nil leaves it to the sender.
    public var pieceSize: Int?
    /// The delay after each piece.
    public var pieceDelay: Duration = .zero
    /// What happens to the connection.
    public var ending = Ending.complete
    /// An interim response before the final one, such as 103.
    public var interim: Int?
    /// Compress while sending. `Content-Encoding: gzip` is among the fields already.
    public var compresses = false
    /// The bytes in `ending` are those of the body before it is compressed.
    public var countsPlain = false
    /// Send `Connection: close`, and close after the response.
    public var closes = false

    public init() {}

    public enum Framing: String, Hashable, Sendable, CaseIterable {
        case chunked
        case length
        /// As in HTTP/1.0: the end of the connection is the end of the body.
        case close
    }

    public enum Ending: Hashable, Sendable {
        case complete
        /// FIN instead of a response.
        case closeWithoutResponse
        /// RST instead of a response.
        case resetWithoutResponse
        /// FIN after that many bytes of the body, which was framed as if it were complete.
        case closeAfter(Int)
        /// RST after that many bytes of the body; 0 is right after the head.
        case resetAfter(Int)
        /// Neither a response nor an end: the connection stays open and silent.
        case hold
        /// The head and that many bytes of the body, then silence.
        case holdAfter(Int)
    }

    /// Sends at about this rate, in intervals of a tenth of a second (slower below 10 bytes per second).
    mutating func drip(bytesPerSecond rate: Int) {
        guard rate > 0 else { return }
        pieceSize = max(1, rate / 10)
        pieceDelay = rate >= 10 ? .milliseconds(100) : .nanoseconds(1_000_000_000 / Int64(rate))
    }
}
