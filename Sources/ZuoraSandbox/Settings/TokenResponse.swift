import Wire

/// Forms of the response to a successful token call.
public enum TokenResponse: String, Hashable, Sendable, CaseIterable {
    case normal
    case noExpiresIn = "no-expires-in"
    case stringExpiresIn = "string-expires-in"
    case floatExpiresIn = "float-expires-in"
    case zeroExpiresIn = "zero-expires-in"
    case negativeExpiresIn = "negative-expires-in"
    case absurdExpiresIn = "absurd-expires-in"
    case nullExpiresIn = "null-expires-in"
    case noToken = "no-token"
    case emptyToken = "empty-token"
    /// A token with a space in it.
    case spacedToken = "spaced-token"
    /// A token with a line break in it, which must never reach a header.
    case brokenToken = "broken-token"
    case noScope = "no-scope"
    /// 200 with an HTML page.
    case html
    /// 200 without a body.
    case empty
    /// 200 with half of the JSON, framed as if it were complete.
    case truncatedJSON = "truncated-json"
    /// 200 with a JSON array.
    case array
    /// 200 with some 2 MiB of JSON.
    case huge
    /// Delayed by two seconds.
    case slow
    /// 302 to another path on the same server.
    case redirect

    /// The `expires_in` member; nil leaves it out.
    func expiresIn(_ seconds: Int) -> JSONValue? {
        switch self {
        case .noExpiresIn: nil
        case .stringExpiresIn: .string(String(seconds))
        case .floatExpiresIn: JSONNumber(Double(seconds) + 0.5).map(JSONValue.number)
        case .zeroExpiresIn: 0
        case .negativeExpiresIn: -1
        case .absurdExpiresIn: .number(JSONNumber(UInt64.max))
        case .nullExpiresIn: .null
        default: .number(JSONNumber(seconds))
        }
    }

    /// The `access_token` member; nil leaves it out.
    func accessToken(_ token: String) -> JSONValue? {
        switch self {
        case .noToken: nil
        case .emptyToken: ""
        case .spacedToken: .string(token.prefix(16) + " " + token.suffix(16))
        case .brokenToken: .string(token + "\r\nX-Injected: yes")
        default: .string(token)
        }
    }
}
