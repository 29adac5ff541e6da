public import Wire

/// The call to a token endpoint: `POST /oauth/token` with the client's credentials in a form (RFC 6749 section 4.4.2; Zuora's
/// createToken). Zuora requires them in the body, not in an `Authorization` field, and no fields of its older login methods.
public struct TokenRequest: Sendable {
    /// The form. Contains the client secret.
    public let body: Secret

    /// - Parameter extra: further parameters, such as `audience` or `resource`, for a proxy in front of Zuora that requires them.
    public init(clientID: String, secret: Secret, extra: [(name: String, value: String)] = []) {
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
    }

    /// The fields of the call, except `Host` and `Content-Length`. The short response is requested uncompressed.
    public func appendFields(to fields: inout HeaderBlock) {
        fields.append(.contentType, "Content-Type", "application/x-www-form-urlencoded")
        fields.append(.other, "Accept", "application/json")
        fields.append(.acceptEncoding, "Accept-Encoding", "identity")
    }
}

/// Serialising to `application/x-www-form-urlencoded` (WHATWG URL standard section 5.2; RFC 6749 appendix B).
enum FormEncoding {
    /// The encoded size of `bytes`.
    static func encodedCount(_ bytes: Span<UInt8>) -> Int {
        var count = 0
        for i in bytes.indices { count += isPlain(bytes[i]) || bytes[i] == 0x20 ? 1 : 3 }
        return count
    }

    /// Appends `bytes` encoded; `out` must have room for `encodedCount` more.
    static func append(_ bytes: Span<UInt8>, to out: inout OutputSpan<UInt8>) {
        for i in bytes.indices {
            let byte = bytes[i]
            if isPlain(byte) {
                out.append(byte)
            } else if byte == 0x20 {
                out.append(UInt8(ascii: "+"))
            } else {
                out.append(UInt8(ascii: "%"))
                out.append(hexadecimal(byte >> 4))
                out.append(hexadecimal(byte & 15))
            }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "*"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
        default: false
        }
    }

    private static func hexadecimal(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? 0x30 + nibble : 0x41 + nibble - 10
    }
}
