import Wire

/// Writes times as JSON strings (RFC 3339, UTC, milliseconds) and works the calendar out only once a second.
struct TimeText {
    private var second: Int64?
    /// Quotation marks included.
    private var text: [UInt8] = []

    mutating func write(_ time: WallTime, to json: inout JSONWriter) {
        let seconds = time.seconds
        if second == seconds {
            setMilliseconds(time.milliseconds)
        } else {
            text.removeAll(keepingCapacity: true)
            text.append(UInt8(ascii: "\""))
            time.appendRFC3339(to: &text)
            text.append(UInt8(ascii: "\""))
            second = seconds
        }
        json.raw(text.span)
    }

    /// The text ends in three digits, `Z` and a quotation mark.
    private mutating func setMilliseconds(_ value: Int) {
        let last = text.count - 3
        guard last >= 2 else { return }
        text[last - 2] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 100)
        text[last - 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10 % 10)
        text[last] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
    }
}
