import Wire

/// The trace that a request belongs to (W3C Trace Context).
struct RequestTrace {
    enum Origin {
        case caller
        /// The caller sent none: it begins at the gateway.
        case gateway
        /// The caller's is malformed or repeated, and counts as absent.
        case replaced
    }

    let context: TraceContext
    let origin: Origin

    /// Reads the `traceparent` fields of a head.
    struct Reader {
        private var context: TraceContext?
        private var count = 0

        mutating func add(_ value: Span<UInt8>) {
            count += 1
            context = TraceContext(value)
        }

        /// - Parameter random: generates the ids if the caller sent none.
        func trace(using random: inout some RandomNumberGenerator) -> RequestTrace {
            if count == 1, let context { return RequestTrace(context: context, origin: .caller) }
            return RequestTrace(context: .start(using: &random), origin: count > 0 ? .replaced : .gateway)
        }
    }

    /// Adds `traceparent` to the fields sent upstream, unless the caller's is among them.
    func add(to fields: inout HeaderBlock) {
        guard origin != .caller else { return }
        // Without a valid traceparent, tracestate means nothing (W3C Trace Context section 3.3).
        if origin == .replaced { fields.remove(.traceparent) }
        fields.remove(.tracestate)
        context.withText { _ = fields.append(.traceparent, value: $0) }
    }
}
