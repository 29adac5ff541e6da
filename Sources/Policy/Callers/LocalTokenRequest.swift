import Wire

/// A call to the local `POST /oauth/token`: the client credentials grant of RFC 6749 section 4.4.2, as Zuora's SDKs send it
/// first. The client is a caller: its name is the id, its key is the secret.
public struct LocalTokenRequest: Sendable {
    /// The size beyond which a form is refused without reading it.
    public static let maximumLength = 8 << 10

    let clientID: Secret
    let key: Secret

    /// Whether a request with this path is for a token, with any method.
    public static func isAddressed(by path: Span<UInt8>) -> Bool { path.equals("/oauth/token") }

    /// - Parameters:
    ///   - form: the body.
    ///   - authorization: the value of `Authorization`, or nothing. Any scheme but Basic is ignored: SDKs send their last
    ///     bearer token along when they ask for the next.
    public init(form: Span<UInt8>, authorization: Span<UInt8>) throws(LocalTokenRefusal) {
        var grantType: Secret?
        var clientID: Secret?
        var key: Secret?
        // Unknown parameters are ignored, as RFC 6749 section 3.2 requires, and so are those without a value.
        for (name, value) in FormDecoding.pairs(form) where !value.isEmpty {
            let value = form.extracting(value)
            let decodedName = try FormDecoding.decode(form.extracting(name))
            if decodedName.equals("grant_type") {
                try Self.set(&grantType, value)
            } else if decodedName.equals("client_id") {
                try Self.set(&clientID, value)
            } else if decodedName.equals("client_secret") {
                try Self.set(&key, value)
            }
        }
        guard let grantType else { throw .noGrantType }
        guard grantType.equals("client_credentials") else { throw .otherGrantType }
        if authorization.starts(withIgnoringCase: "basic ") {
            guard key == nil else { throw .twoMethods }
            let basic = try Self.basic(authorization.extracting(6..<authorization.count))
            guard clientID == nil || clientID == basic.id else { throw .twoMethods }
            (clientID, key) = basic
        }
        guard let clientID, let key else { throw .noCredentials }
        self.clientID = clientID
        self.key = key
    }

    private static func set(_ parameter: inout Secret?, _ value: Span<UInt8>) throws(LocalTokenRefusal) {
        guard parameter == nil else { throw .repeated }
        parameter = try FormDecoding.decode(value)
    }

    /// RFC 7617, with both parts form-encoded as required by RFC 6749 section 2.3.1.
    private static func basic(_ text: Span<UInt8>) throws(LocalTokenRefusal) -> (id: Secret, key: Secret) {
        var start = 0
        while start < text.count, text[start] == 0x20 { start += 1 }
        guard let pair = Base64.decode(text.extracting(start..<text.count)) else { throw .badBasic }
        return try pair.withBytes { (bytes) throws(LocalTokenRefusal) in
            guard let colon = bytes.indices.first(where: { bytes[$0] == UInt8(ascii: ":") }) else { throw .badBasic }
            let id = try FormDecoding.decode(bytes.extracting(0..<colon))
            let key = try FormDecoding.decode(bytes.extracting(colon + 1..<bytes.count))
            guard !id.isEmpty, !key.isEmpty else { throw .badBasic }
            return (id, key)
        }
    }

    /// Whether the client's id is this caller's name, as is or padded with hyphens to the 36 characters of Zuora's
    /// client ids, which Zuora's Python SDK requires.
    func names(_ caller: String) -> Bool {
        let name = Array(caller.utf8)
        return clientID.withBytes { id in
            guard id.count == name.count || id.count == 36 && name.count < 36 else { return false }
            for i in id.indices where id[i] != (i < name.count ? name[i] : UInt8(ascii: "-")) { return false }
            return true
        }
    }
}

extension Secret {
    fileprivate func equals(_ literal: StaticString) -> Bool { withBytes { $0.equals(literal) } }
}

/// Why the local token endpoint refuses a token, as in RFC 6749 section 5.2.
public struct LocalTokenRefusal: Error, Hashable, Sendable {
    /// The value of `error`.
    public enum Code: String, Sendable, CaseIterable {
        case invalidRequest = "invalid_request"
        case invalidClient = "invalid_client"
        case unsupportedGrantType = "unsupported_grant_type"
    }

    public var code: Code
    /// 401 for `invalid_client`, else 400; 413 and 415 as specific HTTP statuses.
    public var status: Int
    /// The value of `error_description`: printable ASCII without quotation mark and backslash, never bytes of the request.
    public var reason: String

    private init(_ code: Code, _ status: Int, _ reason: String) {
        self.code = code
        self.status = status
        self.reason = reason
    }

    public static let tooLong = LocalTokenRefusal(.invalidRequest, 413, "The form is longer than 8 KiB.")
    public static let notAForm = LocalTokenRefusal(
        .invalidRequest, 415, "The body must be application/x-www-form-urlencoded, without a content coding.")
    public static let query = LocalTokenRefusal(
        .invalidRequest, 400, "Parameters belong in the body, never in the URI (RFC 6749 section 2.3.1).")
    public static let repeatedAuthorization = LocalTokenRefusal(.invalidRequest, 400, "Authorization is repeated.")

    static let badEscape = LocalTokenRefusal(
        .invalidRequest, 400, "A percent sign in the form is not followed by two hexadecimal digits.")
    static let repeated = LocalTokenRefusal(.invalidRequest, 400, "A parameter is repeated.")
    static let noGrantType = LocalTokenRefusal(.invalidRequest, 400, "grant_type is missing.")
    static let otherGrantType = LocalTokenRefusal(.unsupportedGrantType, 400, "The only grant_type is client_credentials.")
    static let badBasic = LocalTokenRefusal(
        .invalidRequest, 400, "Authorization: Basic must be the base64 of client_id:client_secret, each form-encoded.")
    static let twoMethods = LocalTokenRefusal(
        .invalidRequest, 400, "Client credentials must be in either Authorization: Basic or the form, not both.")
    static let noCredentials = LocalTokenRefusal(
        .invalidClient, 401, "client_id must be a caller's name, and client_secret its key.")
    static let wrongPair = LocalTokenRefusal(
        .invalidClient, 401, "client_id and client_secret do not match a caller's name and key.")
}

/// Parsing of `application/x-www-form-urlencoded` (RFC 6749 appendix B), strict where the WHATWG parser guesses: a percent sign
/// without two hexadecimal digits behind it is an error.
enum FormDecoding {
    /// The pairs as ranges of `form`, still encoded. Empty pairs are skipped.
    static func pairs(_ form: Span<UInt8>) -> [(name: Range<Int>, value: Range<Int>)] {
        var pairs: [(name: Range<Int>, value: Range<Int>)] = []
        var start = 0
        for i in 0...form.count where i == form.count || form[i] == UInt8(ascii: "&") {
            let pair = start..<i
            start = i + 1
            guard !pair.isEmpty else { continue }
            let end = pair.first { form[$0] == UInt8(ascii: "=") } ?? pair.upperBound
            pairs.append((pair.lowerBound..<end, min(end + 1, pair.upperBound)..<pair.upperBound))
        }
        return pairs
    }

    /// The decoded bytes of a name or value, in memory that is wiped.
    static func decode(_ text: Span<UInt8>) throws(LocalTokenRefusal) -> Secret {
        try Secret(capacity: text.count) { (out: inout OutputSpan<UInt8>) throws(LocalTokenRefusal) in
            var i = 0
            while i < text.count {
                switch text[i] {
                case UInt8(ascii: "+"): out.append(UInt8(ascii: " "))
                case UInt8(ascii: "%"):
                    guard i + 2 < text.count, let high = text[i + 1].hexValue, let low = text[i + 2].hexValue else {
                        throw .badEscape
                    }
                    out.append(high << 4 | low)
                    i += 2
                default: out.append(text[i])
                }
                i += 1
            }
        }
    }
}

/// Base 64 (RFC 4648 section 4), decoded strictly: padding is required, and unused bits must be zero (section 3.5).
enum Base64 {
    /// - Returns: nil for anything that an encoder would not produce.
    static func decode(_ text: Span<UInt8>) -> Secret? {
        guard text.count % 4 == 0 else { return nil }
        var padding = 0
        while padding < 2, padding < text.count, text[text.count - 1 - padding] == UInt8(ascii: "=") { padding += 1 }
        var isSound = true
        let secret = Secret(capacity: text.count / 4 * 3) { out in
            var bits: UInt32 = 0
            for i in 0..<text.count - padding {
                guard let digit = value(of: text[i]) else {
                    isSound = false
                    return
                }
                bits = bits << 6 | UInt32(digit)
                // Each digit but the first of four completes a byte.
                let rest = 6 - 2 * (i % 4)
                if rest < 6 { out.append(UInt8(truncatingIfNeeded: bits >> UInt32(rest))) }
            }
            isSound = padding == 0 || bits & (padding == 1 ? 0b11 : 0b1111) == 0
        }
        return isSound ? secret : nil
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
