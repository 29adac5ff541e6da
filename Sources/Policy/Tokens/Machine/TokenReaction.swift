/// What a caller that wants a token gets.
public enum TokenReply: Sendable {
    case serve(Token)
    /// A fetch is under way: ask again when it has ended, well or not.
    case wait
    /// None can be had before `retryAfter` has passed.
    case refuse(TokenFailure, retryAfter: Duration)
}

/// The reply to a caller, and whether a fetch is to be started besides.
public struct TokenReaction: Sendable {
    public var reply: TokenReply
    /// Start one call to the token endpoint, and report its end with `fetched` or `failed` under this ticket.
    public var fetch: FetchTicket?

    public init(_ reply: TokenReply, fetch: FetchTicket? = nil) {
        self.reply = reply
        self.fetch = fetch
    }
}

/// Names one call to the token endpoint, so that an answer that comes after its time is not taken for another's.
public struct FetchTicket: Hashable, Sendable {
    /// The version of the secret that the call is made with.
    public let credential: Int
    public let number: Int

    public init(credential: Int, number: Int) {
        self.credential = credential
        self.number = number
    }
}
