public import Wire

/// The call to a token endpoint: `POST /oauth/token` with the client's credentials in a form (RFC 6749 section 4.4.2; Zuora's
/// createToken). Zuora wants them in the body, not in an `Authorization` field, and no field of its older ways to log in.
public struct TokenRequest: Sendable {
    public static let path = "/oauth/token"

    /// The form. Holds the client secret.
    public let body: Secret
    /// `Zuora-Entity-Ids` of the call: a token for this entity only. One id with hyphens; nil: all that the client may use.
    public let entity: String?

    /// - Parameter extra: further parameters, such as `audience` or `resource`, for a proxy in front of Zuora that wants them.
    public init(clientID: String, secret: Secret, entity: String? = nil, extra: [(name: String, value: String)] = []) {
        let pairs = [("client_id", clientID)] + [("grant_type", "client_credentials")] + extra.map { ($0.name, $0.value) }
        let texts = pairs.map { (Array($0.0.utf8), Array($0.1.utf8)) }
        let secretName = Array("client_secret".utf8)
        var size = secretName.count + 1 + secret.withBytes { FormEncoding.encodedCount($0) }
        for (name, value) in texts { size += FormEncoding.encodedCount(name.span) + FormEncoding.encodedCount(value.span) + 2 }
        body = Secret(capacity: size) { out in
            for (name, value) in texts {
                FormEncoding.append(name.span, to: &out)
                out.append(UInt8(ascii: "="))
                FormEncoding.append(value.span, to: &out)
                out.append(UInt8(ascii: "&"))
            }
            FormEncoding.append(secretName.span, to: &out)
            out.append(UInt8(ascii: "="))
            secret.withBytes { FormEncoding.append($0, to: &out) }
        }
        self.entity = entity
    }

    /// The fields of the call, but for `Host` and `Content-Length`. The answer is wanted plain: it is short.
    /// - Parameter trackID: for `Zuora-Track-Id`; nil: none.
    public func appendFields(to fields: inout HeaderBlock, trackID: String? = nil) {
        fields.append(.contentType, "Content-Type", "application/x-www-form-urlencoded")
        fields.append(.other, "Accept", "application/json")
        fields.append(.acceptEncoding, "Accept-Encoding", "identity")
        if let entity { fields.append(.zuoraEntityIds, "Zuora-Entity-Ids", entity) }
        if let trackID { fields.append(.zuoraTrackId, "Zuora-Track-Id", trackID) }
    }
}
