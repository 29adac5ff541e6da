/// Serialising to `application/x-www-form-urlencoded` (WHATWG URL standard section 5.2; RFC 6749 appendix B).
enum FormEncoding {
    /// Size of `bytes` when encoded.
    static func encodedCount(_ bytes: Span<UInt8>) -> Int {
        var count = 0
        for i in bytes.indices { count += isPlain(bytes[i]) || bytes[i] == 0x20 ? 1 : 3 }
        return count
    }

    /// Appends `bytes` encoded; `out` must have room for `encodedCount` more.
    static func append(_ bytes: Span<UInt8>, to out: inout OutputSpan<UInt8>) {
        for i in bytes.indices {
            let byte = bytes[i]
            if isPlain(byte) {
                out.append(byte)
            } else if byte == 0x20 {
                out.append(UInt8(ascii: "+"))
            } else {
                out.append(UInt8(ascii: "%"))
                out.append(hexadecimal(byte >> 4))
                out.append(hexadecimal(byte & 15))
            }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "*"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
        default: false
        }
    }

    private static func hexadecimal(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? 0x30 + nibble : 0x41 + nibble - 10
    }
}
