/// Where a request stands in a distributed trace: the value of `traceparent`.
/// Source: https://www.w3.org/TR/trace-context/.
public struct TraceContext: Hashable, Sendable {
    /// The trace's id, first and last 8 bytes; never all zero.
    public let traceHigh: UInt64
    public let traceLow: UInt64
    /// The id of the sender's span (`parent-id`); never zero.
    public let spanID: UInt64
    /// `sampled` (bit 0) and, since level 2, `random` (bit 1). Others are not kept: the recommendation wants them sent as zero.
    public let flags: UInt8

    static let knownFlags: UInt8 = 0b11

    /// - Returns: nil when an id is zero.
    public init?(traceHigh: UInt64, traceLow: UInt64, spanID: UInt64, flags: UInt8) {
        guard traceHigh | traceLow != 0, spanID != 0 else { return nil }
        self.init(high: traceHigh, low: traceLow, span: spanID, flags: flags & Self.knownFlags)
    }

    private init(high: UInt64, low: UInt64, span: UInt64, flags: UInt8) {
        traceHigh = high
        traceLow = low
        spanID = span
        self.flags = flags
    }

    /// Begins a trace: random ids, not sampled, as nobody has asked for it.
    public static func start(using random: inout some RandomNumberGenerator) -> TraceContext {
        TraceContext(high: random.next(), low: .nonZero(using: &random), span: .nonZero(using: &random), flags: 0b10)
    }

    /// The same trace, with a span of one's own.
    public func child(using random: inout some RandomNumberGenerator) -> TraceContext {
        TraceContext(high: traceHigh, low: traceLow, span: .nonZero(using: &random), flags: flags)
    }

    public var isSampled: Bool { flags & 1 != 0 }
}

extension UInt64 {
    fileprivate static func nonZero(using random: inout some RandomNumberGenerator) -> UInt64 {
        let value = random.next()
        return value == 0 ? 1 : value
    }
}
