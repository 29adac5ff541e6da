public import Wire

extension Policy {
    /// Whom and what a denied request was about, as far as policy came with it: indices into the callers of the configuration,
    /// `tenants` and `routes`.
    public struct Denied: Hashable, Sendable {
        public var caller: Int?
        public var tenant: Int?
        public var route: Int?
    }

    /// For the log, so that a denial can be laid at somebody's door. Walks the same way as `resolve` once more; a request that is
    /// served never needs it.
    public func denied(
        _ head: RequestHead, _ bytes: Span<UInt8>, evidence: CallerEvidence = .none, listenerTenant: Int? = nil
    ) -> Denied {
        var observer = ExplainingObserver()
        _ = try? resolve(head, bytes, evidence: evidence, listenerTenant: listenerTenant, observer: &observer)
        var denied = Denied(tenant: observer.tenant?.index, route: observer.route)
        if case .known(let index) = observer.caller { denied.caller = index }
        return denied
    }
}
