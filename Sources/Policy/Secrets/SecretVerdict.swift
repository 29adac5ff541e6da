/// What a freshly read secret is good for.
public struct SecretVerdict: Sendable {
    public var outcome: Outcome
    public var warnings: [SecretWarning]

    /// Larger secrets are refused. Zuora's have at most 42 characters; a static token may be a long one.
    public static let sizeLimit = 64 << 10

    public enum Outcome: Sendable {
        case unchanged
        case changed(Secret)
        case unusable(SecretProblem)
    }

    /// What the secret is to be used as.
    public enum Use: Sendable {
        case clientSecret
        case bearerToken
    }

    /// Judges what was found.
    /// - Parameter known: the secret that is in use. Contents are compared, not times or inodes: those change without it and stay
    ///   the same with it.
    public init(_ facts: SecretFacts, use: Use, known: Secret?) {
        warnings = facts.file.map(SecretWarning.about) ?? []
        switch facts.content {
        case .failure(let problem):
            outcome = .unusable(problem)
        case .success(let content):
            if let problem = Self.problem(content, use) {
                outcome = .unusable(problem)
                return
            }
            let secret = content.trimmed()
            if secret.hasOuterSpace { warnings.append(.outerSpace) }
            outcome = secret == known ? .unchanged : .changed(secret)
        }
    }

    private static func problem(_ content: Secret, _ use: Use) -> SecretProblem? {
        guard content.count <= sizeLimit else { return .tooLarge }
        let secret = content.trimmed()
        if secret.isEmpty { return .empty }
        return secret.withBytes { bytes in
            if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { return .byteOrderMark }
            for i in bytes.indices {
                if bytes[i] == 0x0A || bytes[i] == 0x0D { return .severalLines }
                if bytes[i] < 0x20 || bytes[i] == 0x7F { return .controlCharacter }
            }
            return use == .bearerToken && !secret.isBearerToken ? .notABearerToken : nil
        }
    }
}

extension Secret {
    /// Without the line ends that editors and `echo` leave behind.
    func trimmed() -> Secret {
        withBytes { bytes in
            var end = bytes.count
            while end > 0, bytes[end - 1] == 0x0A || bytes[end - 1] == 0x0D { end -= 1 }
            return end == bytes.count ? self : Secret(copying: bytes.extracting(0..<end))
        }
    }

    fileprivate var hasOuterSpace: Bool {
        withBytes { bytes in !bytes.isEmpty && (bytes[0] == 0x20 || bytes[bytes.count - 1] == 0x20) }
    }
}
