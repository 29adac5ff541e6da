public import Wire

/// The field `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date.
public enum RetryAfter {
    /// The maximum; longer waits are reduced to it.
    public static let longest = Duration.seconds(86_400)

    /// - Parameters:
    ///   - value: the field's value, without white space around it.
    ///   - now: the time of day, to which a date is compared. A date in the past is zero.
    /// - Returns: nil for anything else.
    public static func parse(_ value: Span<UInt8>, now: WallTime) -> Duration? {
        guard !value.isEmpty, value.count <= 64 else { return nil }
        if let seconds = DecimalField.parse(value, 0..<value.count) { return min(.seconds(seconds), longest) }
        var text = ""
        for i in value.indices {
            guard value[i] >= 0x20, value[i] < 0x7F else { return nil }
            text.unicodeScalars.append(Unicode.Scalar(value[i]))
        }
        guard let date = WallTime(httpDate: text, now: now) else { return nil }
        return min(max(date - now, .zero), longest)
    }

    /// The whole seconds to put into the field for a wait: rounded up, so that no client retries too early; at least 1.
    public static func seconds(_ wait: Duration) -> Int {
        let (seconds, rest) = max(wait, .zero).components
        return max(rest > 0 && seconds < .max ? Int(seconds) + 1 : Int(seconds), 1)
    }
}

/// Unsigned decimal numbers in field values.
enum DecimalField {
    /// - Returns: nil unless the range only has digits. Numbers of more than 15 digits count as 10^15.
    static func parse(_ value: Span<UInt8>, _ range: Range<Int>) -> Int? {
        guard !range.isEmpty else { return nil }
        var number = 0
        for i in range {
            let digit = value[i] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            number = min(number * 10 + Int(digit), 1_000_000_000_000_000)
        }
        return number
    }
}

/// Zuora's limits as reported in a response.
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

    /// How long requests will be refused: the time to the reset, if nothing remains.
    public var quotaWait: Duration? { remaining == 0 ? reset : nil }

    /// Applies one field line. Values that are not numbers are ignored.
    public mutating func read(_ name: FieldName, nameBytes: Span<UInt8>, value: Span<UInt8>) {
        switch name {
        case .rateLimitLimit: limit = Self.firstNumber(value) ?? limit
        case .rateLimitRemaining: remaining = Self.firstNumber(value) ?? remaining
        case .rateLimitReset: reset = Self.firstNumber(value).map { min(.seconds($0), RetryAfter.longest) } ?? reset
        case .concurrencyLimitRemaining: concurrencyRemaining = Self.firstNumber(value) ?? concurrencyRemaining
        case .other where nameBytes.equals(ignoringCase: "concurrency-limit-limit"):
            concurrencyLimit = Self.firstNumber(value) ?? concurrencyLimit
        default: break
        }
    }

    /// The number before the first comma or semicolon.
    private static func firstNumber(_ value: Span<UInt8>) -> Int? {
        var end = 0
        while end < value.count, value[end] != UInt8(ascii: ","), value[end] != UInt8(ascii: ";"), value[end] != 0x20 { end += 1 }
        return DecimalField.parse(value, 0..<end)
    }
}
