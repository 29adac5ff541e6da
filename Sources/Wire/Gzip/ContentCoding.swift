/// The content codings that the gateway tells apart (RFC 9110 section 8.4.1 and the IANA registry). It encodes and decodes
/// gzip alone.
public enum ContentCoding: UInt8, Hashable, Sendable, CaseIterable {
    case identity, gzip, compress, deflate, br, zstd
    /// Any other coding, or several on top of each other.
    case other

    /// - Parameter name: A coding's name, in any case. `x-gzip` and `x-compress` mean gzip and compress (RFC 9110
    ///   sections 8.4.1.1 and 8.4.1.3).
    public init(name: Span<UInt8>) { self.init(name, name.indices) }

    init(_ value: Span<UInt8>, _ range: Range<Int>) {
        self =
            if FieldText.isEqual(value, range, "gzip") || FieldText.isEqual(value, range, "x-gzip") {
                .gzip
            } else if FieldText.isEqual(value, range, "deflate") {
                .deflate
            } else if FieldText.isEqual(value, range, "br") {
                .br
            } else if FieldText.isEqual(value, range, "zstd") {
                .zstd
            } else if FieldText.isEqual(value, range, "identity") {
                .identity
            } else if FieldText.isEqual(value, range, "compress") || FieldText.isEqual(value, range, "x-compress") {
                .compress
            } else {
                .other
            }
    }
}
