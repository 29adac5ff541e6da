public import HTTPWire

extension RequestTimeout {
    /// The time that the caller gives the request in `X-Request-Timeout`; nil if it says nothing.
    /// - Throws: a 400; see `parse`.
    public static func requested(_ head: RequestHead, _ bytes: Span<UInt8>) throws(Refusal) -> Duration? {
        guard let field = head.fields.first(where: { $0.name == .xRequestTimeout }) else { return nil }
        return try parse(bytes.extracting(field.valueRange))
    }
}
