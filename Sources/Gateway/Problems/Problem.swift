import Network
public import Policy
import Wire

/// A response of the gateway's own: `application/problem+json` (RFC 9457), with what `Proxy-Status` (RFC 9209) says beside it.
///
/// A reference inside: every phase can throw one, and what may be thrown takes its place in the task of each request that is under
/// way.
@dynamicMemberLookup
public struct Problem: Error, Sendable {
    /// What it says.
    public struct Members: Sendable {
        public var status: Int
        /// The last part of the problem type's URI. Stable: callers branch on it.
        public var type: String
        /// The same for every occurrence of the type.
        public var title: String
        public var detail: String
        /// The phase that refused, as in docs/phases.md.
        public var phase: String
        public var retryAfter: Duration?
        /// The error type of `Proxy-Status`; nil for a request that the gateway turned away itself.
        public var proxyError: String?
        /// The upstream's host, for `Proxy-Status`.
        public var nextHop: String?
        /// `Allow`, with a 405.
        public var allow: String?
        /// `WWW-Authenticate`, with a 401.
        public var challenge: String?
        /// `Gateway-Outcome`, on the cancel routes.
        public var outcome: CancelOutcome?
        /// Whether the request may have reached Zuora; nil where it surely did not.
        public var mayHaveReached: Bool?
    }

    private final class Storage: Sendable {
        let members: Members
        init(_ members: Members) { self.members = members }
    }

    private var storage: Storage

    public init(_ status: Int, type: String, title: String, detail: String, phase: String) {
        storage = Storage(Members(status: status, type: type, title: title, detail: detail, phase: phase))
    }

    public subscript<Value>(dynamicMember member: WritableKeyPath<Members, Value>) -> Value {
        get { storage.members[keyPath: member] }
        set {
            var members = storage.members
            members[keyPath: member] = newValue
            storage = Storage(members)
        }
    }

    /// The problem type's URI; a name, not an address.
    public var typeURI: String { "urn:problem-type:zuora-gateway:\(self.type)" }

    /// The body.
    func json(tenant: String?, trackID: TrackID?) -> [UInt8] {
        let members = storage.members
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", typeURI)
        writer.member("title", members.title)
        writer.member("status", members.status)
        writer.member("detail", members.detail)
        if let tenant { writer.member("tenant", tenant) }
        if let trackID { writer.member("track_id", trackID.description) }
        if let outcome = members.outcome { writer.member("outcome", outcome.rawValue) }
        if let mayHaveReached = members.mayHaveReached { writer.member("may_have_reached_zuora", mayHaveReached) }
        if let retryAfter = members.retryAfter { writer.member("retry_after", RetryAfter.seconds(retryAfter)) }
        writer.endObject()
        return writer.bytes
    }
}
