extension JSONWriter {
    public mutating func value(_ value: Int) {
        separate()
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        appendDecimal(UInt64(value.magnitude))
    }

    /// A fixed decimal given in millionths, such as milliseconds from nanoseconds: `1_250_000` is written `1.25`. Trailing zeros are
    /// left out, and nothing is rounded.
    public mutating func value(millionths value: Int64) {
        separate()
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let (whole, rest) = value.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        appendDecimal(whole)
        guard rest > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        var fraction = rest
        var divisor: UInt64 = 100_000
        while fraction > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction / divisor))
            fraction %= divisor
            divisor /= 10
        }
    }

    /// A double in its shortest exact form; infinity and NaN, for which JSON has no spelling, are written as `null`.
    @_disfavoredOverload
    public mutating func value(_ value: Double) {
        guard value.isFinite else { return null() }
        raw(String(describing: value).utf8.span)
    }

    private mutating func appendDecimal(_ value: UInt64) {
        let start = bytes.count
        var rest = value
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        var low = start
        var high = bytes.count - 1
        while low < high {
            bytes.swapAt(low, high)
            low += 1
            high -= 1
        }
    }
}
