import Network
import Policy
import Wire

/// Turning requests away while the process is at its own limits: before anything is read or held for them.
extension Gateway {
    /// Lets the request in and counts it, until `leaveLoad`.
    func enterLoad(_ exchange: Exchange, _ tenant: TenantState) throws(Problem) {
        guard load != nil else { return }
        let tenants = exchange.snapshot.tenants.count
        let shortage = load?.shortage(
            loopDelay: reactor.lateness, upstreamSockets: upstream.openConnections,
            LoadShedder.Claim(exchange, tenant, tenants: tenants))
        if let (resource, refusal) = shortage {
            recorder?.count(WorkerCounter(shedFor: resource))
            throw Problem(refusal, shortOf: resource)
        }
        load?.begin()
        exchange.isCounted = true
        exchange.http.isShedLast = exchange.isCancel
    }

    func leaveLoad(_ exchange: Exchange) {
        guard exchange.isCounted else { return }
        exchange.isCounted = false
        load?.end(heldBytes: exchange.countedBytes)
        exchange.countedBytes = 0
    }

    /// Counts what is held of the exchange's bodies now. Little is not worth the counting.
    func countHeld(_ exchange: Exchange) {
        guard exchange.isCounted else { return }
        let held = exchange.heldBytes
        let counted = held < Self.smallHold ? 0 : held
        guard counted != exchange.countedBytes else { return }
        load?.held(counted, before: exchange.countedBytes)
        exchange.countedBytes = counted
    }

    private static let smallHold = 4 << 10
}

extension Exchange {
    /// What the buffers between the two sides of a streamed body hold at most: 64 KiB each way, and a piece on its way.
    private static let streamBuffers = 160 << 10

    /// Bytes of bodies that are held for this exchange.
    fileprivate var heldBytes: Int {
        requestBody.bytes.capacity + content.bytes.capacity + (content.decoded?.capacity ?? 0) + lookContent.bytes.capacity
            + (lookContent.decoded?.capacity ?? 0) + (isPumping ? Self.streamBuffers : 0) + (isStreaming ? Self.streamBuffers : 0)
    }
}

extension LoadShedder.Claim {
    fileprivate init(_ exchange: Exchange, _ tenant: TenantState, tenants: Int) {
        self.init()
        isCancel = exchange.isCancel
        tenantRequests = tenant.admission.inFlight + tenant.admission.queued
        self.tenants = tenants
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
