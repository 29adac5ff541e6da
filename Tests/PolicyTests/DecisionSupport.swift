import Policy
import Wire

/// SplitMix64: the same decisions on every run.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Always the largest number: pauses are as long as they can be.
struct LargestRandom: RandomNumberGenerator {
    func next() -> UInt64 { .max }
}

extension Instant {
    /// Seconds after an arbitrary beginning.
    static func at(_ seconds: Double) -> Instant { Instant(nanoseconds: UInt64((1000 + seconds) * 1e9)) }
}

func spanResult<T>(_ text: String, _ body: (Span<UInt8>) throws -> T) rethrows -> T {
    let bytes = Array(text.utf8)
    return try body(bytes.span)
}
