/// Numbers as text.
extension [UInt8] {
    /// Appends a number of 0 or more in decimal digits; a negative one as 0.
    /// - Parameter width: the minimum number of digits, reached with zeros in front.
    mutating func appendDecimal(_ number: some FixedWidthInteger, width: Int = 1) {
        let number = UInt64(clamping: number)
        var digits = 1
        var rest = number / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        digits = Swift.max(digits, width)
        // In one step: each append costs more than the digit.
        append(addingCapacity: digits) { text in
            unsafe text.withUnsafeMutableBufferPointer { space, count in
                var rest = number
                for place in stride(from: count + digits - 1, through: count, by: -1) {
                    unsafe space.initializeElement(at: place, to: 0x30 + UInt8(truncatingIfNeeded: rest % 10))
                    rest /= 10
                }
                count += digits
            }
        }
    }

    /// Appends a number of 0 or more in hexadecimal digits.
    mutating func appendHex(_ number: Int) {
        let digits = Swift.max(1, (Int.bitWidth - number.leadingZeroBitCount + 3) / 4)
        for place in stride(from: digits - 1, through: 0, by: -1) {
            let digit = UInt8(truncatingIfNeeded: number >> (place * 4) & 0xF)
            append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
        }
    }
}
