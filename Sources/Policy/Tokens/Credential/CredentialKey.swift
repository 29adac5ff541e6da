/// What makes two tenants share one credential, and with it tokens: all of this must be equal. The version of the secret is not
/// part of it, as the secret changes while the credential stays; `CredentialMachine` keeps versions apart.
public struct CredentialKey: Hashable, Sendable {
    /// Where tokens come from; for a static token, the upstream that it is for.
    public var tokenURL: String
    /// Nil for a static token.
    public var clientID: String?
    /// Where the secret or the static token is read from. Two sources are two credentials, even if they hold the same.
    public var source: SecretSource
    /// The entity that tokens are narrowed to; nil: none.
    public var entity: String?
    /// What is added to the form of a token call: with another audience, say, the token is another one.
    public var parameters: [TokenSettings.Parameter] = []
    /// How the token endpoint is reached and trusted: authorities, client certificate, proxy. A tenant that trusts others than
    /// before, or others than its neighbour, has tokens of its own.
    public var connection: [String?] = []

    public init(tokenURL: String, clientID: String?, source: SecretSource, entity: String? = nil) {
        self.tokenURL = tokenURL
        self.clientID = clientID
        self.source = source
        self.entity = entity
    }

    /// - Parameter tokenURL: where a client's tokens come from; of no meaning for a static token.
    public init(_ settings: CredentialSettings, upstream: String, tokenURL: String) {
        switch settings {
        case .client(let id, let source):
            self.init(tokenURL: tokenURL, clientID: id, source: source)
        case .token(let source):
            self.init(tokenURL: upstream, clientID: nil, source: source)
        }
    }
}
