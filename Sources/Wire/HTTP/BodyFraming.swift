/// How the end of a message body is found (RFC 9112 section 6.3).
public enum BodyFraming: Hashable, Sendable {
    /// No body.
    case none
    /// Exactly this many bytes.
    case length(Int)
    /// The chunked coding.
    case chunked
}
