import Policy
import Wire

/// A worker's decision which requests are traced.
struct Tracer {
    let queue: TraceQueue
    let sampler: TraceSampler

    /// Begins the server's span of a request that is sampled.
    /// - Returns: the trace with that span, or else unchanged.
    func begin(_ trace: RequestTrace, _ journal: Journal, using random: inout some RandomNumberGenerator) -> RequestTrace {
        guard let server = sampler.server(of: trace, using: &random) else { return trace }
        journal.spans = RequestSpans(server: server, parent: trace.origin == .caller ? trace.context.spanID : nil)
        return RequestTrace(context: server, origin: trace.origin)
    }
}

/// Whether a trace is sampled: the caller's flag decides about the caller's traces, a ratio about those that begin here.
struct TraceSampler {
    /// Of 2^56: the last 7 bytes of a trace's id are random, also by level 2 of the recommendation.
    private let threshold: UInt64
    private static let range: UInt64 = 1 << 56

    /// - Parameter ratio: 0 to 1.
    init(ratio: Double) {
        threshold = UInt64((min(max(ratio, 0), 1) * Double(Self.range)).rounded())
    }

    /// The server's span; nil if the trace is not sampled.
    func server(of trace: RequestTrace, using random: inout some RandomNumberGenerator) -> TraceContext? {
        let context = trace.context
        if trace.origin == .caller { return context.isSampled ? context.child(using: &random) : nil }
        guard context.traceLow & (Self.range - 1) < threshold else { return nil }
        return TraceContext(
            traceHigh: context.traceHigh, traceLow: context.traceLow, spanID: context.spanID, flags: context.flags | 1)
    }
}
