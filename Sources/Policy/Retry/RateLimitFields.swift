public import Wire

/// What an answer says about Zuora's own limits.
/// Source: https://developer.zuora.com/docs/guides/rate-limits, and the Internet-Draft "RateLimit Fields for HTTP".
public struct RateLimitFields: Hashable, Sendable {
    /// `RateLimit-Limit: 2250000, 50000;w=60, …`: the first item, which is the quota that will run out first.
    public var limit: Int?
    /// `RateLimit-Remaining`
    public var remaining: Int?
    /// `RateLimit-Reset`: when the quota is full again.
    public var reset: Duration?
    /// `Concurrency-Limit-Limit`
    public var concurrencyLimit: Int?
    /// `Concurrency-Limit-Remaining`
    public var concurrencyRemaining: Int?

    public init() {}

    public var isEmpty: Bool { self == RateLimitFields() }

    /// How long nothing will be accepted: the time to the reset, if nothing remains.
    public var quotaWait: Duration? { remaining == 0 ? reset : nil }

    /// Takes one field line in. A value that is no number leaves what was known.
    public mutating func read(_ name: FieldName, nameBytes: Span<UInt8>, value: Span<UInt8>) {
        switch name {
        case .rateLimitLimit: limit = Self.firstNumber(value) ?? limit
        case .rateLimitRemaining: remaining = Self.firstNumber(value) ?? remaining
        case .rateLimitReset: reset = Self.firstNumber(value).map { min(.seconds($0), RetryAfter.longest) } ?? reset
        case .concurrencyLimitRemaining: concurrencyRemaining = Self.firstNumber(value) ?? concurrencyRemaining
        case .other where Self.isConcurrencyLimit(nameBytes): concurrencyLimit = Self.firstNumber(value) ?? concurrencyLimit
        default: break
        }
    }

    /// The number before the first comma or semicolon.
    private static func firstNumber(_ value: Span<UInt8>) -> Int? {
        var end = 0
        while end < value.count, value[end] != UInt8(ascii: ","), value[end] != UInt8(ascii: ";"), value[end] != 0x20 { end += 1 }
        return DecimalField.parse(value, 0..<end)
    }

    private static func isConcurrencyLimit(_ name: Span<UInt8>) -> Bool {
        let expected: StaticString = "concurrency-limit-limit"
        guard name.count == expected.utf8CodeUnitCount else { return false }
        for i in name.indices {
            // Static text lives as long as the program, and both are of the same length.
            let byte = unsafe expected.utf8Start[i]
            if name[i] | 0x20 != byte | 0x20 { return false }
        }
        return true
    }
}
