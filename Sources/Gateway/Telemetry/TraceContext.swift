import Wire

/// Where a request stands in a distributed trace: the value of `traceparent`.
/// Source: https://www.w3.org/TR/trace-context/.
public struct TraceContext: Hashable, Sendable {
    /// The trace's id, first and last 8 bytes; never all zero.
    public let traceHigh: UInt64
    public let traceLow: UInt64
    /// The id of the sender's span (`parent-id`); never zero.
    public let spanID: UInt64
    /// `sampled` (bit 0) and, since level 2, `random` (bit 1). Others are dropped: the recommendation requires them to be sent as zero.
    public let flags: UInt8

    static let knownFlags: UInt8 = 0b11

    /// - Returns: nil when an id is zero.
    public init?(traceHigh: UInt64, traceLow: UInt64, spanID: UInt64, flags: UInt8) {
        guard traceHigh | traceLow != 0, spanID != 0 else { return nil }
        self.init(high: traceHigh, low: traceLow, span: spanID, flags: flags & Self.knownFlags)
    }

    private init(high: UInt64, low: UInt64, span: UInt64, flags: UInt8) {
        traceHigh = high
        traceLow = low
        spanID = span
        self.flags = flags
    }

    /// Begins a trace: random ids, not sampled by default.
    public static func start(using random: inout some RandomNumberGenerator) -> TraceContext {
        TraceContext(high: random.next(), low: .nonZero(using: &random), span: .nonZero(using: &random), flags: 0b10)
    }

    /// The same trace, with a new span.
    public func child(using random: inout some RandomNumberGenerator) -> TraceContext {
        TraceContext(high: traceHigh, low: traceLow, span: .nonZero(using: &random), flags: flags)
    }

    public var isSampled: Bool { flags & 1 != 0 }
}

extension UInt64 {
    fileprivate static func nonZero(using random: inout some RandomNumberGenerator) -> UInt64 {
        let value = random.next()
        return value == 0 ? 1 : value
    }
}

extension TraceContext {
    /// Bytes of `traceparent` in version 00.
    public static let length = 55

    /// Reads the value of `traceparent`. Version 00 must be exactly `00-<32 hex>-<16 hex>-<2 hex>` in lower case; of a later
    /// version the same beginning is read, as the recommendation requires; version ff is invalid.
    /// - Returns: nil if the value must be ignored; then `tracestate` must be ignored as well.
    public init?(_ value: Span<UInt8>) {
        guard value.count >= Self.length, value[2] == UInt8(ascii: "-"), value[35] == UInt8(ascii: "-"),
            value[52] == UInt8(ascii: "-"), let version = value.hexadecimal(0..<2), version != 0xFF,
            let high = value.hexadecimal(3..<19), let low = value.hexadecimal(19..<35), let span = value.hexadecimal(36..<52),
            let flags = value.hexadecimal(53..<55)
        else { return nil }
        if value.count > Self.length {
            guard version != 0, value[Self.length] == UInt8(ascii: "-") else { return nil }
        }
        self.init(traceHigh: high, traceLow: low, spanID: span, flags: UInt8(truncatingIfNeeded: flags))
    }

    /// Appends the value of `traceparent` in version 00: 55 bytes.
    public func append(to out: inout [UInt8]) { withText { out.append($0) } }

    /// 32 hexadecimal digits.
    func appendTraceID(to out: inout [UInt8]) { withText { out.append($0.extracting(3..<35)) } }

    /// Lends the value of `traceparent` in version 00.
    func withText<R>(_ body: (Span<UInt8>) -> R) -> R {
        var text = InlineArray<55, UInt8>(repeating: UInt8(ascii: "-"))
        text[0] = UInt8(ascii: "0")
        text[1] = UInt8(ascii: "0")
        let flags = UInt32(flags).hexadecimalDigits
        text[53] = UInt8(truncatingIfNeeded: flags >> 8)
        text[54] = UInt8(truncatingIfNeeded: flags)
        var span = text.mutableSpan
        unsafe span.withUnsafeMutableBytes { space in
            func write(_ value: UInt64, at offset: Int) {
                let high = UInt32(truncatingIfNeeded: value >> 32).hexadecimalDigits
                let low = UInt32(truncatingIfNeeded: value).hexadecimalDigits
                unsafe space.storeBytes(of: high.bigEndian, toByteOffset: offset, as: UInt64.self)
                unsafe space.storeBytes(of: low.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
            }
            write(traceHigh, at: 3)
            write(traceLow, at: 19)
            write(spanID, at: 36)
        }
        return body(text.span)
    }
}

extension TraceContext: CustomStringConvertible {
    public var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Span<UInt8> {
    /// Up to 16 lower-case hexadecimal digits. The range must lie within the span.
    fileprivate func hexadecimal(_ range: Range<Int>) -> UInt64? {
        var value: UInt64 = 0
        for i in range {
            let digit: UInt8
            switch self[i] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = self[i] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = self[i] - UInt8(ascii: "a") + 10
            default: return nil
            }
            value = value << 4 | UInt64(digit)
        }
        return value
    }
}

extension UInt32 {
    /// Eight lower-case hexadecimal digits, one in each byte, the first one in the highest: the nibbles are spread over the bytes and all
    /// made digits at once.
    fileprivate var hexadecimalDigits: UInt64 {
        var spread = UInt64(self)
        spread = (spread << 16 | spread) & 0x0000_FFFF_0000_FFFF
        spread = (spread << 8 | spread) & 0x00FF_00FF_00FF_00FF
        spread = (spread << 4 | spread) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = (spread &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return spread &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
    }
}
