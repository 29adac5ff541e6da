import Testing
import Wire

@testable import Policy

/// A clock that stands still until it is moved, and dice that always fall the same way.
enum TokenKit {
    /// A time well after boot.
    static func at(_ seconds: Double) -> Instant {
        Instant(nanoseconds: 1_000_000_000_000) + .nanoseconds(Int64(seconds * 1e9))
    }

    static func grant(_ text: String = "token", life: Double = 3600) -> TokenGrant {
        TokenGrant(secret: Secret(copying: text), lifetime: .nanoseconds(Int64(life * 1e9)))
    }
}

extension TokenReply {
    var token: Token? { if case .serve(let token) = self { token } else { nil } }
    var isWait: Bool { if case .wait = self { true } else { false } }
    var refusal: TokenFailure? { if case .refuse(let failure, _) = self { failure } else { nil } }
    var retryAfter: Duration? { if case .refuse(_, let delay) = self { delay } else { nil } }
}

extension Token {
    var text: String { secret.withBytes { bytes in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) } }
}

/// As `#require`, for expressions that change what they are asked of, which the macro cannot take.
func unwrap<T>(_ value: T?, _ location: SourceLocation = #_sourceLocation) throws -> T {
    try #require(value, sourceLocation: location)
}
