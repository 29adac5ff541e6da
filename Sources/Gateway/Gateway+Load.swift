import Network
import Policy
import Wire

/// Rejects requests while the process is at its limits, before anything is read or buffered for them.
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
            throw Problem(refusal, shortOf: resource)
        }
        http.isShedLast = isCancel
        return LoadShare(load.gauge)
    }
}
