import COpenSSL
import Wire

/// A SHA-256 digest (FIPS 180-4), with constant-time comparison.
public struct SHA256Digest: Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// - Returns: nil unless there are 32 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        let word = { (start: Int) in bytes[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        words = (word(0), word(8), word(16), word(24))
    }

    /// - Returns: nil unless `hex` has 64 hexadecimal digits, in either case.
    public init?(hex: String) {
        let digits = hex.utf8.compactMap(\.hexValue)
        guard digits.count == 64, hex.utf8.count == 64 else { return nil }
        self.init(bytes: (0..<32).map { digits[2 * $0] << 4 | digits[2 * $0 + 1] })
    }

    /// Fetched once: looking up the algorithm by name each time costs more than hashing a key.
    // SAFETY: a private static `let`: Swift initializes it exactly once, before its first use on any thread, and it is never
    // assigned or freed, so that the pointer, if there is one, stays valid until the process ends: it has a reference of its own,
    // which no cleanup of the library at exit(3) gives up. Its only use passes it to EVP_Digest as a const argument. An EVP_MD
    // does not change after it is fetched, and any number of threads may use it at once (EVP_MD_fetch(3), openssl-threads(7)).
    nonisolated(unsafe) private static let algorithm: OpaquePointer? = unsafe EVP_MD_fetch(nil, "SHA256", nil)

    /// The digest of `data`; nil if OpenSSL refuses, which it does only when it is out of memory or broken.
    public init?(of data: Span<UInt8>) {
        var digest = InlineArray<32, UInt8>(repeating: 0)
        var target = digest.mutableSpan
        let done = unsafe data.withUnsafeBytes { input in
            unsafe target.withUnsafeMutableBytes { output in
                unsafe EVP_Digest(
                    input.baseAddress, input.count, output.baseAddress?.assumingMemoryBound(to: UInt8.self), nil, Self.algorithm,
                    nil)
            }
        }
        guard done == 1 else { return nil }
        var word: [4 of UInt64] = [0, 0, 0, 0]
        for i in 0..<32 { word[i / 8] = word[i / 8] << 8 | UInt64(digest[i]) }
        words = (word[0], word[1], word[2], word[3])
    }

    public var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
    }

    /// 64 lower-case hexadecimal digits.
    public var hex: String { bytes.hexadecimal }
}

extension SHA256Digest: Hashable {
    /// Constant-time comparison.
    public static func == (a: SHA256Digest, b: SHA256Digest) -> Bool {
        let difference =
            (a.words.0 ^ b.words.0) | (a.words.1 ^ b.words.1) | (a.words.2 ^ b.words.2) | (a.words.3 ^ b.words.3)
        return difference == 0
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}
