/// A small generator whose whole state is one number, so that a run of the stand-in can be repeated exactly.
/// Never for secrets of a real system.
public struct SplitMix64: RandomNumberGenerator, Hashable, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// This many hexadecimal digits.
    mutating func hex(_ count: Int) -> String {
        var text = ""
        while text.utf8.count < count { text += next().hex }
        return String(text.prefix(count))
    }

    /// A random UUID in its 36-character form.
    mutating func uuid() -> String {
        let hex = Array(hex(32))
        let parts = [hex[0..<8], hex[8..<12], "4" + hex[13..<16], "a" + hex[17..<20], hex[20..<32]]
        return parts.map { String($0) }.joined(separator: "-")
    }
}

extension UInt64 {
    /// Sixteen hexadecimal digits.
    var hex: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
