import Wire

/// What policy does with a request and why, for `explain`.
public struct Explanation: Sendable {
    /// The resolved properties of a request, in order of resolution, with reasons.
    public internal(set) var decisions: [Decision] = []
    /// The field lines that would go upstream, in order.
    public internal(set) var sent: [Sent] = []
    /// The caller's field lines that would be removed.
    public internal(set) var removed: [Removed] = []
    /// The refusal, if any. Then `sent` is empty.
    public internal(set) var denial: Denial?
    /// Nil if the request is refused before it is authorised.
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
        public let origin: FieldOrigin
    }

    public struct Removed: Hashable, Sendable {
        /// As spelled by the caller. Its value is not kept, since it may be a secret.
        public let name: String
        public let why: FieldRemoval
    }
}

extension Explanation {
    /// Adds the trace that the gateway begins.
    ///
    /// The caller's `traceparent`, if any, is not valid, and its `tracestate` means nothing without one.
    /// - Parameter value: of `traceparent`.
    public mutating func beginTrace(_ value: String) {
        guard !sent.isEmpty else { return }
        let isTrace = { (line: Sent) in ["traceparent", "tracestate"].contains(line.name.lowercased()) }
        removed += sent.filter(isTrace).map { Removed(name: $0.name, why: .trace) }
        sent.removeAll(where: isTrace)
        sent.append(Sent(name: "traceparent", value: value, isRedacted: false, origin: .trace))
    }

    /// Replaces the caller's `traceparent` by that of a span of the gateway's in the same trace.
    public mutating func continueTrace(_ value: String) {
        guard !sent.isEmpty else { return }
        sent.removeAll { $0.name.lowercased() == "traceparent" }
        sent.append(Sent(name: "traceparent", value: value, isRedacted: false, origin: .span))
    }

    /// Says that the caller was assumed, if the request got as far as having one.
    public mutating func assumeCaller() {
        guard let index = decisions.firstIndex(where: { $0.subject == .caller }) else { return }
        decisions[index] = Decision(subject: .caller, value: decisions[index].value, why: "assumed for this explanation")
    }

    /// Adds a line of the gateway's, if anything is sent.
    public mutating func add(_ name: String, _ value: String) {
        guard !sent.isEmpty else { return }
        sent.append(Sent(name: name, value: value, isRedacted: false, origin: .gateway))
    }
}

/// Records what policy does.
struct ExplainingObserver: PolicyObserver {
    private(set) var caller: CallerIdentity?
    private(set) var tenant: (index: Int, source: TenantDirectory.Source)?
    private(set) var route: Int?
    private(set) var sent: [Explanation.Sent] = []
    private(set) var removed: [Explanation.Removed] = []
    /// Of the track id that is sent.
    var trackIDOrigin = FieldOrigin.trackID
    private var origin = FieldOrigin.caller
    private var seen = 0

    mutating func identified(_ caller: CallerIdentity) { self.caller = caller }

    mutating func chose(tenant: Int, _ source: TenantDirectory.Source) { self.tenant = (tenant, source) }

    mutating func matched(route: Int) { self.route = route }

    mutating func begin(_ origin: FieldOrigin, _ block: HeaderBlock) {
        end(block)
        self.origin = origin == .trackID ? trackIDOrigin : origin
    }

    mutating func end(_ block: HeaderBlock) {
        for index in seen..<block.fields.count {
            let name = String(decoding: block.bytes[block.fields[index].nameRange], as: UTF8.self)
            let value =
                switch origin {
                case .credential: "Bearer <redacted>"
                case .hubKey: "<redacted>"
                default: block.value(index)
                }
            let isSecret = origin == .credential || origin == .hubKey
            sent.append(Explanation.Sent(name: name, value: value, isRedacted: isSecret, origin: origin))
        }
        seen = block.fields.count
    }

    mutating func removed(_ bytes: Span<UInt8>, _ field: FieldLine, _ why: FieldRemoval) {
        removed.append(Explanation.Removed(name: bytes.text(field.nameRange), why: why))
    }
}
