/// How a token is asked for with client credentials.
public struct TokenSettings: Hashable, Sendable {
    /// The whole URL of the token endpoint.
    public var url: String
    /// Form parameters beyond client_id, client_secret and grant_type, in order.
    public var parameters: [Parameter] = []

    public init(url: String) { self.url = url }

    /// Scheme, host and port.
    public var origin: String { String(url[..<pathStart]) }

    /// What follows them; at least `/`.
    public var path: String { pathStart == url.endIndex ? "/" : String(url[pathStart...]) }

    /// The third slash.
    private var pathStart: String.Index {
        var slashes = 0
        return url.firstIndex {
            if $0 == "/" { slashes += 1 }
            return slashes == 3
        } ?? url.endIndex
    }

    public struct Parameter: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }
}
