extension Array<UInt8> {
    /// Appends a number of 0 or more in decimal digits; a negative one as 0.
    mutating func appendDecimal(_ number: Int) {
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(0x30 + UInt8(truncatingIfNeeded: Swift.max(number, 0) / divisor % 10))
            divisor /= 10
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
