public import Wire

/// A call to the gateway's own `POST /oauth/token`: the client credentials grant of RFC 6749 section 4.4.2, as Zuora's SDKs send it
/// before anything else. The client is a caller: its name is the id, its key is the secret.
public struct LocalTokenRequest: Sendable {
    /// Bytes of a form beyond which it is refused unread.
    public static let maximumLength = 8 << 10

    let clientID: Secret
    let key: Secret

    /// Whether a request is one for a token, whatever its method.
    public static func isAddressed(by head: RequestHead, _ bytes: Span<UInt8>) -> Bool {
        bytes.extracting(head.pathRange).equals("/oauth/token")
    }

    /// - Parameters:
    ///   - form: the body.
    ///   - authorization: the value of `Authorization`, or nothing. Any scheme but Basic is ignored: SDKs send their last
    ///     bearer token along when they ask for the next.
    public init(form: Span<UInt8>, authorization: Span<UInt8>) throws(LocalTokenRefusal) {
        var grantType: Secret?
        var clientID: Secret?
        var key: Secret?
        // Others are ignored, as RFC 6749 section 3.2 demands; so is one without a value.
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

    /// RFC 7617, with both parts form-encoded as RFC 6749 section 2.3.1 wants them.
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

    /// Whether the client's id is this caller's name, as it is or filled up with hyphens to the 36 characters of Zuora's own
    /// client ids, below which Zuora's Python SDK sends nothing.
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
