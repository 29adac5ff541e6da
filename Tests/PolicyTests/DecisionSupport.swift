import Policy
import Wire

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
