import Network
import Policy
import Wire

/// One request's part in the load of the process, counted while this object lives.
final class LoadShare {
    /// Less is not worth the counting.
    private static let small = 4 << 10
    /// What the buffers between the two sides of a streamed body hold at most: 64 KiB each way, and a piece on its way.
    static let stream = 160 << 10

    private let gauge: LoadGauge
    private var counted = 0

    fileprivate init(_ gauge: LoadGauge) {
        self.gauge = gauge
        gauge.requestBegan()
    }

    deinit {
        gauge.requestEnded()
        if counted != 0 { gauge.add(heldBytes: -counted) }
    }

    /// Counts what is held of the request's content, and of its response's, from now on.
    func count(_ bytes: Int) {
        let bytes = bytes < Self.small ? 0 : bytes
        guard bytes != counted else { return }
        gauge.add(heldBytes: bytes - counted)
        counted = bytes
    }
}

/// Turning requests away while the process is at its own limits: before anything is read or held for them.
extension Gateway {
    func enterLoad(_ http: HTTPExchange, _ tenant: TenantState, _ snapshot: Snapshot, isCancel: Bool) throws(Problem) -> LoadShare
    {
        let shortage = load.shortage(loopDelay: reactor.lateness, upstreamSockets: upstream.openConnections) {
            var claim = LoadShedder.Claim()
            claim.isCancel = isCancel
            claim.tenantRequests = tenant.admission.inFlight + tenant.admission.queued
            claim.tenants = snapshot.tenants.count
            return claim
        }
        if let (resource, refusal) = shortage {
            recorder?.count(WorkerCounter(shedFor: resource))
            throw Problem(refusal, shortOf: resource)
        }
        http.isShedLast = isCancel
        return LoadShare(load.gauge)
    }
}

extension Problem {
    init(_ refusal: AdmissionRefusal, shortOf resource: LoadShedder.Resource) {
        self.init(
            refusal.status, type: refusal.reason.rawValue, title: refusal.title,
            detail:
                "The gateway is short of \(resource.text). Zuora did not get the request; try again after "
                + "the time in Retry-After.",
            phase: "admit")
        self.retryAfter = refusal.retryAfter
        self.proxyError = "proxy_internal_response"
    }
}

extension LoadShedder.Resource {
    fileprivate var text: String {
        switch self {
        case .requests: "requests that it may have under way (limits.requests)"
        case .memory: "memory for bodies (limits.memory)"
        case .descriptors: "descriptors (the process's own limit)"
        case .loop: "time: its event loop is late (limits.loop_delay)"
        }
    }
}
