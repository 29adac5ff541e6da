import Wire

/// A request's method (RFC 9110 section 9). Case-sensitive.
public enum UpstreamMethod: Hashable, Sendable {
    case get, head, post, put, delete, patch, options
    case other(String)

    /// - Returns: nil for what is not a token, and for CONNECT and TRACE, which no gateway forwards.
    public init?(_ token: String) {
        switch token {
        case "GET": self = .get
        case "HEAD": self = .head
        case "POST": self = .post
        case "PUT": self = .put
        case "DELETE": self = .delete
        case "PATCH": self = .patch
        case "OPTIONS": self = .options
        case "CONNECT", "TRACE", "": return nil
        default:
            for byte in token.utf8 where !byte.isTokenCharacter { return nil }
            self = .other(token)
        }
    }

    public var token: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .other(let token): token
        }
    }
}
