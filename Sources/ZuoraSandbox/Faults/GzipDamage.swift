/// A defect or peculiarity in the compression of a reply.
public enum GzipDamage: String, Hashable, Sendable, CaseIterable {
    /// Bytes in the middle are changed.
    case corrupt = "bad-gzip"
    /// The checksum in the trailer is wrong.
    case crc = "gzip-crc"
    /// The length in the trailer is wrong.
    case length = "gzip-length"
    /// The stream ends early; the message is framed as if it were complete.
    case truncated = "gzip-truncated"
    /// Other bytes follow the stream.
    case trailing = "gzip-trailing"
    /// Two members, which is valid (RFC 1952 section 2.2), though rare.
    case members = "gzip-members"
    /// Compressed, without Content-Encoding.
    case unlabelled = "gzip-unlabelled"
    /// Plain, with `Content-Encoding: gzip`.
    case mislabelled = "gzip-mislabelled"
    /// Compressed twice, labelled once.
    case twice = "gzip-twice"
    /// Valid, but not requested, or not worthwhile.
    case unasked = "gzip-unasked"
    /// Valid, and 8 GiB of zeros when decoded.
    case bomb = "gzip-bomb"

    /// Whether the reply is labelled as gzip.
    var labels: Bool { self != .unlabelled }

    /// The body as it is sent.
    func apply(to plain: [UInt8], compress: ([UInt8]) -> [UInt8]) -> [UInt8] {
        switch self {
        case .mislabelled: return plain
        case .unlabelled, .unasked, .bomb: return compress(plain)
        case .twice: return compress(compress(plain))
        case .members:
            let half = plain.count / 2
            return compress(Array(plain[..<half])) + compress(Array(plain[half...]))
        case .trailing: return compress(plain) + Array("trailing bytes".utf8)
        case .truncated: return Array(compress(plain).dropLast(12))
        case .corrupt, .crc, .length:
            var bytes = compress(plain)
            // Header 10 bytes, then deflate data, then 4 bytes of checksum and 4 of length.
            let range =
                switch self {
                case .crc: bytes.count - 8..<bytes.count - 7
                case .length: bytes.count - 4..<bytes.count - 3
                default: 10..<bytes.count - 8
                }
            for index in range where bytes.indices.contains(index) { bytes[index] ^= 0x5A }
            return bytes
        }
    }
}
