/// A key that a caller shows the gateway. The configuration holds its hash alone.
///
/// A plain SHA-256 is enough for what this type generates: 190 random bits cannot be searched, so there is nothing that a slow
/// password hash would slow down.
public struct GatewayKey: Sendable {
    /// `zgk_` and 38 characters of base 32: lower-case letters and digits, without those letters that read as digits. 42 characters
    /// are as many as Zuora's Python SDK takes for a client secret. The prefix lets secret scanners recognise a key that went astray.
    public let text: String
    /// What `key_sha256` takes.
    public let sha256: SHA256Digest

    /// - Parameter random: a source fit for secrets, such as `SystemRandomNumberGenerator`.
    /// - Returns: nil if OpenSSL could not hash; see `SHA256Digest.init(of:)`.
    public static func generate(using random: inout some RandomNumberGenerator) -> GatewayKey? {
        var bytes = Array("zgk_".utf8)
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
        for _ in 0..<38 {
            let word: UInt64 = random.next()
            bytes.append(alphabet[Int(word >> 59)])
        }
        return GatewayKey(text: String(decoding: bytes, as: UTF8.self))
    }

    /// A key that exists already, such as one read from standard input.
    public init?(text: String) {
        guard let digest = SHA256Digest(of: Array(text.utf8).span) else { return nil }
        self.text = text
        sha256 = digest
    }

    /// What `key_sha256` takes, as text: 64 lower-case hexadecimal digits.
    public var sha256Hex: String { sha256.hex }
}

extension GatewayKey: CustomStringConvertible, CustomReflectable {
    public var description: String { "gateway key (redacted), sha256 \(sha256.hex)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
