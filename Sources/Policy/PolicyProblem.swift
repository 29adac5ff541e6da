/// Something in the configuration that no policy can be made of.
public struct PolicyProblem: Hashable, Sendable {
    /// Where, as a dotted key path: `callers.billing.tenants`, `tenants.acme.entities`, `routes.aqua.get`.
    public var key: String
    /// What is wrong and what would be right.
    public var message: String

    public init(_ key: String, _ message: String) {
        self.key = key
        self.message = message
    }
}

/// All that is wrong, so that it can be put right in one go.
public struct PolicyProblems: Error, Sendable, CustomStringConvertible {
    public var problems: [PolicyProblem]

    public var description: String { problems.map { "\($0.key): \($0.message)" }.joined(separator: "\n") }
}
