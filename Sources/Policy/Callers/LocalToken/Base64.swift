/// Base 64 (RFC 4648 section 4), read strictly: padding is demanded, and bits that no byte takes must be zero (section 3.5).
enum Base64 {
    /// - Returns: nil for anything that an encoder would not have written.
    static func decode(_ text: Span<UInt8>) -> Secret? {
        guard text.count % 4 == 0 else { return nil }
        var padding = 0
        while padding < 2, padding < text.count, text[text.count - 1 - padding] == UInt8(ascii: "=") { padding += 1 }
        var isSound = true
        let secret = Secret(capacity: text.count / 4 * 3) { out in
            var bits: UInt32 = 0
            for i in 0..<text.count - padding {
                guard let digit = value(of: text[i]) else {
                    isSound = false
                    return
                }
                bits = bits << 6 | UInt32(digit)
                // With each digit but the first of four, a byte is whole.
                let rest = 6 - 2 * (i % 4)
                if rest < 6 { out.append(UInt8(truncatingIfNeeded: bits >> UInt32(rest))) }
            }
            isSound = padding == 0 || bits & (padding == 1 ? 0b11 : 0b1111) == 0
        }
        return isSound ? secret : nil
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
