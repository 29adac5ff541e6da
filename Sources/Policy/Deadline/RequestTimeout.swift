public import Wire

/// The field `X-Request-Timeout`, by which a caller asks for less time than the tenant has: seconds as a number (`1`, `0.5`), or a
/// number with a unit (`500ms`, `2s`).
public enum RequestTimeout {
    private static let refusal = Refusal(
        400, "X-Request-Timeout must be seconds as a positive number, or a number with the unit ms or s")

    /// - Parameter value: the field's value, without white space around it.
    /// - Throws: a 400 for anything that is not a time, and for zero. A time of more than 24 hours counts as 24 hours.
    public static func parse(_ value: Span<UInt8>) throws(Refusal) -> Duration {
        var i = 0
        let whole = digits(value, from: &i)
        var fraction: UInt64 = 0
        guard i > 0 else { throw refusal }
        if i < value.count, value[i] == UInt8(ascii: ".") {
            i += 1
            let start = i
            // Nanoseconds are as fine as it gets; further digits are read and ignored.
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

    /// The digits at `i`, saturating far above any time that is allowed.
    private static func digits(_ value: Span<UInt8>, from i: inout Int) -> UInt64 {
        var number: UInt64 = 0
        while i < value.count, value[i] &- UInt8(ascii: "0") < 10 {
            number = min(number * 10 + UInt64(value[i] &- UInt8(ascii: "0")), 1_000_000_000_000)
            i += 1
        }
        return number
    }
}
