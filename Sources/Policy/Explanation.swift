/// What policy does with a request and why, for people to read.
public struct Explanation: Sendable {
    /// Who a request resolves to, in the order in which it is found out. Each is a fact and the reason for it.
    public internal(set) var decisions: [Decision] = []
    /// The field lines that would go upstream, in order.
    public internal(set) var sent: [Sent] = []
    /// The caller's field lines that would not.
    public internal(set) var removed: [Removed] = []
    /// What refuses the request, if anything does. Then `sent` is empty.
    public internal(set) var denial: Denial?
    /// Nil when the request is refused before it is authorised.
    public internal(set) var resolution: Resolution?

    public struct Decision: Hashable, Sendable {
        public let subject: Subject
        public let value: String
        public let why: String
    }

    public enum Subject: String, Sendable, CaseIterable {
        case caller, tenant, route, entity, orgs
        case trackID = "track id"
    }

    public struct Sent: Hashable, Sendable {
        public let name: String
        /// With secrets already replaced by `<redacted>`.
        public let value: String
        public let isRedacted: Bool
        public let origin: Origin
    }

    public struct Removed: Hashable, Sendable {
        /// As the caller spelled it. Its value is not kept: it may be a secret.
        public let name: String
        public let why: FieldRemoval
    }

    /// Whose doing a line is. The raw value is the sentence that `explain` prints.
    public enum Origin: String, Sendable, CaseIterable {
        case caller = "the caller's, forwarded"
        case gateway = "set by the gateway"
        case tenant = "configured for the tenant, or chosen from that"
        case trackID = "the caller's own, or a fresh one"
        case credential = "the tenant's credential"
    }
}
