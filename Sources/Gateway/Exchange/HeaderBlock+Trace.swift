import Wire

extension HeaderBlock {
    /// Adds `traceparent` (W3C Trace Context): the request's trace begins at the gateway.
    mutating func append(trace: TraceContext?) {
        guard let trace else { return }
        var value: [UInt8] = []
        value.reserveCapacity(TraceContext.length)
        trace.append(to: &value)
        append(.traceparent, nameBytes: Self.traceparent.span, value: value.span)
    }

    private static let traceparent = Array("traceparent".utf8)
}
