/// How a token is asked for with client credentials.
public struct TokenSettings: Hashable, Sendable {
    /// The whole URL of the token endpoint.
    public var url: String
    /// Form parameters beyond client_id, client_secret and grant_type, in order.
    public var parameters: [Parameter] = []

    public init(url: String) { self.url = url }

    public struct Parameter: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }
}
