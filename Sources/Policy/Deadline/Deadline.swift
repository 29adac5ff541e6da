public import Wire

/// The time limit of one exchange, from accept to the last attempt's response. It covers waiting for a slot and for a
/// token, the attempts and the back-off between them.
public struct Deadline: Hashable, Sendable {
    public let start: Instant
    public let total: Duration
    /// `start` plus `total`, stored because it is used in each step.
    public let end: Instant

    public init(start: Instant, total: Duration) {
        self.start = start
        self.total = total
        end = start + total
    }

    /// The tenant's limit, or less if the caller requested it.
    public init(start: Instant, tenantTimeout: Duration, requested: Duration?) {
        self.init(start: start, total: min(tenantTimeout, requested ?? tenantTimeout))
    }

    public func hasPassed(at now: Instant) -> Bool { now >= end }

    /// The remaining time; zero when it has passed.
    public func remaining(at now: Instant) -> Duration { max(end - now, .zero) }

    /// Whether an upstream that has not responded from `begin` to the end had the time for it: at least half of the tenant's own limit, which
    /// the caller has not shortened and the request has not spent elsewhere, in the queue for example. A gateway that has a hub sends what is
    /// left of its own limit, so a tenth less counts as the tenant's.
    public func leftTime(from begin: Instant, tenantTimeout: Duration) -> Bool {
        total >= tenantTimeout / 10 * 9 && begin - start <= total / 2
    }

    /// The limits inside an exchange, so that a 504 can name the one that passed.
    public enum Limit: String, Hashable, Sendable, CaseIterable {
        /// Waiting for a slot under the tenant's concurrency limit.
        case queue
        /// Waiting for a bearer token.
        case token
        /// DNS, TCP and TLS.
        case connect
        /// From the end of the request to the first byte of the response.
        case firstByte = "first-byte"
        /// A response that stalled.
        case stall
        /// The whole exchange.
        case total
    }
}

extension Deadline.Limit {
    /// The operation that timed out, to follow "timed out".
    public var operation: String {
        switch self {
        case .queue: "waiting for a free slot under the tenant's concurrency limit"
        case .token: "waiting for a bearer token"
        case .connect: "connecting to the upstream"
        case .firstByte: "waiting for the first byte of the upstream's response"
        case .stall: "waiting for the rest of the upstream's response"
        case .total: "completing the exchange"
        }
    }

    /// The error type of `Proxy-Status` (RFC 9209 section 2.3).
    var proxyError: String {
        switch self {
        case .queue, .token: "destination_unavailable"
        case .connect: "connection_timeout"
        case .firstByte, .total: "http_response_timeout"
        case .stall: "connection_read_timeout"
        }
    }
}

extension Duration {
    /// For messages: `130 s`, `0.5 s`, `250 ms`.
    var text: String {
        let milliseconds = nanoseconds / 1_000_000
        if milliseconds % 1000 == 0 { return "\(milliseconds / 1000) s" }
        return milliseconds < 1000 ? "\(milliseconds) ms" : "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }
}

/// The field `X-Request-Timeout`, with which a caller requests a shorter time-out than the tenant's: seconds as a number (`1`, `0.5`), or a
/// number with a unit (`500ms`, `2s`).
public enum RequestTimeout {
    private static let refusal = Refusal(
        400, "X-Request-Timeout must be seconds as a positive number, or a number with the unit ms or s.")

    /// - Parameter value: the field's value, without white space around it.
    /// - Throws: a 400 for malformed values and zero. Times of more than 24 hours count as 24 hours.
    public static func parse(_ value: Span<UInt8>) throws(Refusal) -> Duration {
        var i = 0
        let whole = digits(value, from: &i)
        var fraction: UInt64 = 0
        guard i > 0 else { throw refusal }
        if i < value.count, value[i] == UInt8(ascii: ".") {
            i += 1
            let start = i
            // The resolution is a nanosecond; further digits are ignored.
            var unit: UInt64 = 100_000_000
            while i < value.count, value[i] &- UInt8(ascii: "0") < 10 {
                fraction += UInt64(value[i] &- UInt8(ascii: "0")) * unit
                unit /= 10
                i += 1
            }
            guard i > start else { throw refusal }
        }
        // In billionths of the unit.
        let number = min(whole, 1_000_000_000) * 1_000_000_000 + fraction
        let nanoseconds: UInt64
        switch value.count - i {
        case 0: nanoseconds = number
        case 1 where value[i] == UInt8(ascii: "s"): nanoseconds = number
        case 2 where value[i] == UInt8(ascii: "m") && value[i + 1] == UInt8(ascii: "s"): nanoseconds = number / 1000
        default: throw refusal
        }
        guard nanoseconds > 0 else { throw refusal }
        return .nanoseconds(Int64(min(nanoseconds, 86_400_000_000_000)))
    }

    /// The digits at `i`, saturating far above the allowed maximum.
    private static func digits(_ value: Span<UInt8>, from i: inout Int) -> UInt64 {
        var number: UInt64 = 0
        while i < value.count, value[i] &- UInt8(ascii: "0") < 10 {
            number = min(number * 10 + UInt64(value[i] &- UInt8(ascii: "0")), 1_000_000_000_000)
            i += 1
        }
        return number
    }
}

extension RequestTimeout {
    /// The field's value for this time, rounded down to milliseconds; at least one, since zero is refused.
    static func text(_ time: Duration) -> String { "\(max(time.nanoseconds / 1_000_000, 1))ms" }

    /// The time-out in the caller's `X-Request-Timeout`; nil without the field.
    /// - Throws: a 400 if it is repeated; see also `parse`.
    public static func requested(_ head: RequestHead, _ bytes: Span<UInt8>) throws(Refusal) -> Duration? {
        var time: Duration?
        for field in head.fields where field.name == .xRequestTimeout {
            guard time == nil else { throw Refusal(400, "X-Request-Timeout must not be repeated.") }
            time = try parse(bytes.extracting(field.valueRange))
        }
        return time
    }
}
