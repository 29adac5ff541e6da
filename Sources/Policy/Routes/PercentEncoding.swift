import Wire

/// Percent-encoded octets (RFC 3986 section 2.1) in a path segment.
enum PercentEncoding {
    /// - Throws: a 400 when an escape is malformed, or when the segment decodes to something that could change which path it
    ///   is: a slash, a backslash, a semicolon, a control character, a dot segment, another layer of escapes, or bytes that are
    ///   not UTF-8 (overlong forms once spelled `/` and `.` to lenient decoders).
    static func check(_ bytes: Span<UInt8>, _ segment: Range<Int>) throws(Refusal) {
        var decoded = Decoded()
        var i = segment.lowerBound
        while i < segment.upperBound {
            if bytes[i] == 0x25 {
                guard i + 2 < segment.upperBound, let high = bytes[i + 1].hexValue, let low = bytes[i + 2].hexValue else {
                    throw Refusal(400, "The path has a % without two hexadecimal digits after it.")
                }
                try decoded.take(high << 4 | low)
                i += 3
            } else {
                try decoded.take(bytes[i])
                i += 1
            }
        }
        try decoded.finish()
    }

    /// The decoded segment, one octet after the other.
    private struct Decoded {
        private var count = 0
        private var hasOnlyDots = true
        /// Hexadecimal digits since a decoded `%`.
        private var digitsAfterPercent: Int?
        /// Octets missing in the current UTF-8 sequence, and the valid range of the next one.
        private var pending = 0
        private var continuation: ClosedRange<UInt8> = 0x80...0xBF

        mutating func take(_ octet: UInt8) throws(Refusal) {
            count += 1
            if octet != 0x2E { hasOnlyDots = false }
            if pending > 0 || octet >= 0x80 { return try takeUTF8(octet) }
            switch octet {
            case 0x00...0x1F, 0x7F: throw Refusal(400, "The path has an encoded control character.")
            case 0x2F: throw Refusal(400, "The path has an encoded slash.")
            case 0x5C: throw Refusal(400, "The path has an encoded backslash.")
            case 0x3B: throw Refusal(400, "The path has an encoded semicolon.")
            case 0x25: digitsAfterPercent = 0
            default:
                guard let digits = digitsAfterPercent else { return }
                digitsAfterPercent = octet.hexValue == nil ? nil : digits + 1
                if digitsAfterPercent == 2 { throw Refusal(400, "The path is percent-encoded twice.") }
            }
        }

        /// RFC 3629 section 4, and no C1 control characters.
        private mutating func takeUTF8(_ octet: UInt8) throws(Refusal) {
            digitsAfterPercent = nil
            if pending > 0 {
                guard continuation.contains(octet) else { throw .notUTF8 }
                pending -= 1
                continuation = 0x80...0xBF
                return
            }
            switch octet {
            case 0xC2: (pending, continuation) = (1, 0xA0...0xBF)
            case 0xC3...0xDF: pending = 1
            case 0xE0: (pending, continuation) = (2, 0xA0...0xBF)
            case 0xED: (pending, continuation) = (2, 0x80...0x9F)
            case 0xE1...0xEF: pending = 2
            case 0xF0: (pending, continuation) = (3, 0x90...0xBF)
            case 0xF1...0xF3: pending = 3
            case 0xF4: (pending, continuation) = (3, 0x80...0x8F)
            default: throw .notUTF8
            }
        }

        func finish() throws(Refusal) {
            guard pending == 0 else { throw .notUTF8 }
            guard !hasOnlyDots || count > 2 else { throw .dotSegment }
        }
    }
}

extension Refusal {
    fileprivate static let notUTF8 = Refusal(400, "The path has encoded bytes that are not UTF-8 text.")
}
