public import Policy

/// A request that nobody sent, to ask what would become of it.
public struct ImaginedRequest: Sendable {
    public var method: String
    public var target: String
    /// `Name: value` lines, without line ends. A `Host` is added unless there is one.
    public var fields: [String]
    /// The listener that it comes in by: an index into `gateway.listen`.
    public var listener: Int
    /// What its connection says of its sender.
    public var evidence: CallerEvidence
    /// Who it is from, beyond doubt and without a key of theirs: an index into the configuration's callers.
    public var caller: Int?
    /// The scope of the tenant's token, where it is known.
    public var scope: TokenScope

    public init(
        method: String, target: String, fields: [String] = [], listener: Int = 0, evidence: CallerEvidence = .none,
        scope: TokenScope = .unknown
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.listener = listener
        self.evidence = evidence
        self.scope = scope
    }

    /// The head as it would arrive.
    var head: [UInt8] {
        let hasHost = fields.contains { $0.lowercased().hasPrefix("host:") }
        let lines = ["\(method) \(target) HTTP/1.1"] + (hasHost ? [] : ["Host: localhost"]) + fields
        return Array((lines + ["", ""]).joined(separator: "\r\n").utf8)
    }
}
