/// Sheds new requests while the process is over its limits, so that requests in flight can complete. It begins at a limit and
/// stops at nine tenths of it, to avoid flapping.
///
/// Shed last, at a tenth above a limit: cancels, which free resources at Zuora, and requests of a tenant that uses less
/// than its share, so that one tenant's flood does not affect another.
public struct LoadShedder: Hashable, Sendable {
    public struct Limits: Hashable, Sendable {
        /// Requests in flight or waiting, of all tenants.
        public var requests: Int
        /// Buffered bytes of bodies.
        public var bufferedBytes: Int
        /// Open descriptors.
        public var descriptors: Int
        /// The delay of the event loop's timers.
        public var loopDelay: Duration

        public init(requests: Int, bufferedBytes: Int, descriptors: Int, loopDelay: Duration) {
            self.requests = requests
            self.bufferedBytes = bufferedBytes
            self.descriptors = descriptors
            self.loopDelay = loopDelay
        }
    }

    /// The current load of the process, without the new request.
    public struct Load: Hashable, Sendable {
        public var requests = 0
        public var bufferedBytes = 0
        public var descriptors = 0
        public var loopDelay: Duration = .zero

        public init() {}
    }

    /// The properties of a request that decide about its priority.
    public struct Claim: Hashable, Sendable {
        public var isCancel = false
        /// Other requests of its tenant in flight or waiting.
        public var tenantRequests = 0
        /// Tenants that are configured.
        public var tenants = 1

        public init() {}
    }

    public enum Resource: String, Hashable, Sendable, CaseIterable {
        case requests, memory, descriptors
        case loop = "event-loop"
    }

    /// The limit for requests that are shed last.
    private static let lastLimit = 1.1

    public var limits: Limits
    /// The exhausted resource; nil if none is.
    public private(set) var shortage: Resource?

    public init(_ limits: Limits) { self.limits = limits }

    /// - Parameter claim: evaluated only if a resource is exhausted.
    /// - Returns: nil if a new request is accepted.
    public mutating func admit(_ load: Load, _ claim: @autoclosure () -> Claim = Claim()) -> AdmissionRefusal? {
        if shortage == nil, isWithin(load) { return nil }
        if let shortage, use(of: shortage, load) < 0.9 { self.shortage = nil }
        if shortage == nil { shortage = Resource.allCases.first { use(of: $0, load) >= 1 } }
        guard shortage != nil else { return nil }
        if Resource.allCases.allSatisfy({ use(of: $0, load) < Self.lastLimit }), isShedLast(claim()) { return nil }
        return AdmissionRefusal(.overload, retryAfter: .seconds(1))
    }

    /// A tenant's share is half of the limit divided evenly; the rest is shared by all.
    private func isShedLast(_ claim: Claim) -> Bool {
        claim.isCancel || claim.tenantRequests < limits.requests / (2 * max(claim.tenants, 1))
    }

    private func isWithin(_ load: Load) -> Bool {
        load.requests < limits.requests && load.bufferedBytes < limits.bufferedBytes && load.descriptors < limits.descriptors
            && load.loopDelay < limits.loopDelay
    }

    /// How much of a resource's limit is used: 1 is all of it.
    private func use(of resource: Resource, _ load: Load) -> Double {
        switch resource {
        case .requests: Double(load.requests) / Double(max(limits.requests, 1))
        case .memory: Double(load.bufferedBytes) / Double(max(limits.bufferedBytes, 1))
        case .descriptors: Double(load.descriptors) / Double(max(limits.descriptors, 1))
        case .loop: load.loopDelay / max(limits.loopDelay, .nanoseconds(1))
        }
    }
}
