/// Why the gateway's own token endpoint gives no token, in the terms of RFC 6749 section 5.2.
public struct LocalTokenRefusal: Error, Hashable, Sendable {
    /// The value of `error`.
    public enum Code: String, Sendable, CaseIterable {
        case invalidRequest = "invalid_request"
        case invalidClient = "invalid_client"
        case unsupportedGrantType = "unsupported_grant_type"
    }

    public var code: Code
    /// 401 for `invalid_client`, else 400; 413 and 415 where HTTP has a status of its own.
    public var status: Int
    /// The value of `error_description`: printable ASCII without quotation mark and backslash, and never bytes of the request.
    public var reason: String

    private init(_ code: Code, _ status: Int, _ reason: String) {
        self.code = code
        self.status = status
        self.reason = reason
    }

    public static let tooLong = LocalTokenRefusal(.invalidRequest, 413, "the form is longer than 8 KiB")
    public static let notAForm = LocalTokenRefusal(
        .invalidRequest, 415, "the body must be application/x-www-form-urlencoded, without a content coding")
    public static let query = LocalTokenRefusal(
        .invalidRequest, 400, "parameters belong in the body, never in the URI (RFC 6749 section 2.3.1)")
    public static let repeatedAuthorization = LocalTokenRefusal(.invalidRequest, 400, "Authorization is given more than once")

    static let badEscape = LocalTokenRefusal(
        .invalidRequest, 400, "a percent sign in the form is not followed by two hexadecimal digits")
    static let repeated = LocalTokenRefusal(.invalidRequest, 400, "a parameter is given more than once")
    static let noGrantType = LocalTokenRefusal(.invalidRequest, 400, "grant_type is missing")
    static let otherGrantType = LocalTokenRefusal(.unsupportedGrantType, 400, "the only grant_type is client_credentials")
    static let badBasic = LocalTokenRefusal(
        .invalidRequest, 400, "Authorization: Basic must be the base64 of client_id:client_secret, each form-encoded")
    static let twoMethods = LocalTokenRefusal(
        .invalidRequest, 400, "client credentials come in Authorization: Basic or in the form, not in both")
    static let noCredentials = LocalTokenRefusal(
        .invalidClient, 401, "client_id must be a caller's name, and client_secret its key")
    static let wrongPair = LocalTokenRefusal(
        .invalidClient, 401, "client_id and client_secret are not the name and the key of one caller")
}
