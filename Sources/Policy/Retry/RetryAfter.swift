public import Wire

/// The field `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date.
public enum RetryAfter {
    /// What is asked for beyond this counts as this much.
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

    /// The whole seconds to put into the field for a wait: rounded up, so that nobody comes too early; at least 1.
    public static func seconds(_ wait: Duration) -> Int {
        let (seconds, rest) = max(wait, .zero).components
        return max(rest > 0 && seconds < .max ? Int(seconds) + 1 : Int(seconds), 1)
    }
}

/// Unsigned decimal numbers in field values.
enum DecimalField {
    /// - Returns: nil unless the range is digits and nothing else. Numbers of more than 15 digits count as 10^15.
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
