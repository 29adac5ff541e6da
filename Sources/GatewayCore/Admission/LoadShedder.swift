/// Turns new requests away while the process is over its own limits, so that those under way end well. It begins at a limit and
/// stops at nine tenths of it, so that it does not flutter.
public struct LoadShedder: Hashable, Sendable {
    public struct Limits: Hashable, Sendable {
        /// Requests under way or waiting, of all tenants.
        public var requests: Int
        /// Bytes of bodies held.
        public var bufferedBytes: Int
        /// Open descriptors.
        public var descriptors: Int
        /// How late the event loop runs its timers.
        public var loopDelay: Duration

        public init(requests: Int, bufferedBytes: Int, descriptors: Int, loopDelay: Duration) {
            self.requests = requests
            self.bufferedBytes = bufferedBytes
            self.descriptors = descriptors
            self.loopDelay = loopDelay
        }
    }

    /// The process as it is now.
    public struct Load: Hashable, Sendable {
        public var requests = 0
        public var bufferedBytes = 0
        public var descriptors = 0
        public var loopDelay: Duration = .zero

        public init() {}
    }

    public enum Resource: String, Hashable, Sendable, CaseIterable {
        case requests, memory, descriptors
        case loop = "event-loop"
    }

    public var limits: Limits
    /// What is short; nil while all is well.
    public private(set) var shortage: Resource?

    public init(_ limits: Limits) { self.limits = limits }

    /// - Returns: nil if a new request may come in.
    public mutating func admit(_ load: Load) -> AdmissionRefusal? {
        if let shortage, use(of: shortage, load) < 0.9 { self.shortage = nil }
        if shortage == nil { shortage = Resource.allCases.first { use(of: $0, load) >= 1 } }
        return shortage.map { _ in AdmissionRefusal(.overload, retryAfter: .seconds(1)) }
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
