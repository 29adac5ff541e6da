/// Whether callers are served, and if not, why: the body of `/readyz`.
///
/// The gateway is ready when it runs and at least one tenant can be served: one tenant's broken credential must not take the
/// others' service away. What is missing is told all the same.
public struct ReadinessReport: Sendable {
    public enum State: String, Sendable, CaseIterable {
        case starting
        /// All tenants are served.
        case ready
        /// Some tenants are not.
        case degraded
        case notReady = "not-ready"
        /// On its way out: what is under way is finished, new requests should go elsewhere.
        case draining
    }

    public let state: State
    let gateway: GatewayStatus
    /// Those that are listed; the ones that are not ready come first.
    let tenants: [TenantStatus]
    let readyCount: Int
    let total: Int

    /// Tenants that are listed; of more, only how many there are.
    static let listed = 100

    public init(_ gateway: GatewayStatus, tenants: [TenantStatus]) {
        self.gateway = gateway
        let unready = tenants.filter { !$0.isReady }
        let ready = tenants.lazy.filter(\.isReady)
        total = tenants.count
        readyCount = total - unready.count
        self.tenants = Array(unready.prefix(Self.listed) + ready.prefix(max(Self.listed - unready.count, 0)))
        state =
            switch gateway.stage {
            case .starting: .starting
            case .draining: .draining
            case .running where !gateway.missing.isEmpty: .notReady
            case .running where unready.isEmpty && !tenants.isEmpty: .ready
            case .running: readyCount > 0 ? .degraded : .notReady
            }
    }

    /// Whether `/readyz` answers 200; else 503.
    public var ready: Bool { state == .ready || state == .degraded }
}
