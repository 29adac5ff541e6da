/// The reply to a caller, and what is to be done besides.
public struct CredentialReaction: Sendable {
    public var reply: TokenReply
    /// Start this call to the token endpoint.
    public var fetch: FetchOrder?
    /// Read the secret's source again, now: it may have changed unnoticed.
    public var rereadsSecret: Bool

    public init(_ reply: TokenReply, fetch: FetchOrder? = nil, rereadsSecret: Bool = false) {
        self.reply = reply
        self.fetch = fetch
        self.rereadsSecret = rereadsSecret
    }
}

/// One call to the token endpoint, and the secret to make it with.
public struct FetchOrder: Sendable {
    public var ticket: FetchTicket
    public var secret: Secret

    public init(ticket: FetchTicket, secret: Secret) {
        self.ticket = ticket
        self.secret = secret
    }
}
