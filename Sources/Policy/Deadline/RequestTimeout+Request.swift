public import Wire

extension RequestTimeout {
    /// The time that the caller gives the request in `X-Request-Timeout`; nil if it says nothing.
    /// - Throws: a 400 when it says it twice; see `parse`, too.
    public static func requested(_ head: RequestHead, _ bytes: Span<UInt8>) throws(Refusal) -> Duration? {
        var time: Duration?
        for field in head.fields where field.name == .xRequestTimeout {
            guard time == nil else { throw Refusal(400, "X-Request-Timeout may be there once only") }
            time = try parse(bytes.extracting(field.valueRange))
        }
        return time
    }
}
