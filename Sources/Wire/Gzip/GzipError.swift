/// Why a body could not be decoded, or a coder could not be made.
public enum GzipError: Error, Hashable, Sendable, CaseIterable {
    /// The body does not begin as a gzip member does.
    case notGzip
    /// The body ends within a member, or is empty.
    case truncated
    /// A member's header or deflate data breaks RFC 1952 or RFC 1951.
    case corrupt
    /// A member's data does not have the CRC-32 that its trailer names.
    case crc
    /// A member's data does not have the length that its trailer names.
    case length
    /// Something other than a further member follows a member.
    case trailingGarbage
    /// The decoded body is longer than its absolute bound.
    case tooLarge
    /// The body decodes to more bytes than its ratio bound allows.
    case ratio
    /// There was no memory for the coder.
    case outOfMemory
    /// zlib refused its own state: a mistake in this program, never a property of the body.
    case engine
}

extension GzipError {
    /// The reason in plain words. Never contains bytes of the body.
    public var reason: StaticString {
        switch self {
        case .notGzip: "the body is not in the gzip format that its Content-Encoding names"
        case .truncated: "the gzip body ends too early"
        case .corrupt: "the gzip body is damaged"
        case .crc: "the gzip body does not match its checksum"
        case .length: "the gzip body does not match its length"
        case .trailingGarbage: "bytes that are not gzip follow the gzip body"
        case .tooLarge: "the decoded body is larger than the bound"
        case .ratio: "the gzip body expands more than the bound allows"
        case .outOfMemory: "there is not enough memory for gzip"
        case .engine: "zlib refused its own state"
        }
    }
}

extension GzipError: CustomStringConvertible {
    public var description: String { reason.description }
}
