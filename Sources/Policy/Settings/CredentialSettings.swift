/// How a tenant's bearer token is had.
public enum CredentialSettings: Hashable, Sendable {
    /// OAuth client credentials (RFC 6749 section 4.4).
    case client(id: String, secret: SecretSource)
    /// A bearer token that somebody else keeps fresh.
    case token(SecretSource)

    public var source: SecretSource {
        switch self {
        case .client(_, let secret): secret
        case .token(let token): token
        }
    }
}

/// Where a secret is read from. The file never holds one, unless the tenant's upstream is loopback.
public enum SecretSource: Hashable, Sendable {
    case file(path: String)
    case environment(name: String)
    case literal(String)
}

extension SecretSource: CustomStringConvertible, CustomReflectable {
    /// Where it is, never what it is.
    public var description: String {
        switch self {
        case .file(let path): "file \(path)"
        case .environment(let name): "environment variable \(name)"
        case .literal: "literal (redacted)"
        }
    }

    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .enum) }
}
