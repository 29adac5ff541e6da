/// What a token endpoint's answer (RFC 6749 section 5) means.
///
/// Strict where a mistake would be carried on (what is a token, how long does it live), tolerant where servers differ (content type,
/// spelling of numbers, extra members). Whatever does not hold a token is a failure, never an empty success.
public enum TokenAnswer: Sendable {
    case token(TokenGrant)
    case failure(TokenFailure)

    /// A larger body need not be read to its end.
    public static let bodyLimit = 64 << 10
    /// Longest token, in bytes: more would not fit into a field line that servers take.
    public static let tokenLimit = 8 << 10
    /// Life of a token whose answer does not say.
    public static let defaultLifetime: Duration = .seconds(300)
    /// A longer life is not believed.
    public static let lifetimeLimit: Duration = .seconds(30 * 86400)

    /// Reads an answer. The body, which may hold a token, is overwritten.
    /// - Parameters:
    ///   - contentType: the field's value, if there was one.
    ///   - retryAfter: the `Retry-After` of the answer as a duration, if there was one.
    ///   - remaining: `X-RateLimit-Remaining-minute`, if there was one.
    public init(
        status: Int, contentType: String? = nil, retryAfter: Duration? = nil, remaining: Int? = nil, consuming body: inout [UInt8]
    ) {
        defer { body.wipe() }
        if status == 200 {
            do {
                self = .token(try TokenMembers(body.span, contentType: contentType).grant())
            } catch {
                self = .failure(TokenFailure(.malformedAnswer(error), status: 200))
            }
        } else {
            let refusal = TokenRefusal(status: status, retryAfter: retryAfter, remaining: remaining)
            self = .failure(refusal.failure(body.span, contentType: contentType))
        }
    }
}
