/// A request to the stand-in: parsed, and with its whole body, still coded as it was sent.
public struct SandboxRequest: Sendable {
    public var method: String
    /// The path as it was sent, without the query.
    public var path: String
    /// What follows the `?`; nil when there is none.
    public var query: String?
    public var fields: [Field]
    public var body: [UInt8]
    /// The caller's address without its port. Token calls are counted for each.
    public var peer: String

    public init(
        _ method: String, _ path: String, query: String? = nil, fields: [Field] = [], body: [UInt8] = [],
        peer: String = "127.0.0.1"
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.fields = fields
        self.body = body
        self.peer = peer
    }

    /// The path's segments. `/a/b/` has a last, empty one.
    var segments: [Substring] { path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { $0 } }

    /// The query's value under that name, decoded.
    func queryValue(_ name: String) -> String? {
        guard let query else { return nil }
        return FormFields(Array(query.utf8)).first(name)
    }
}
