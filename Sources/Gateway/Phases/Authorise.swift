import Network
import Policy
import Wire

/// authorise: what this caller may do, for which tenant, entity and orgs. The policy decides; here its decision is taken over.
extension Gateway {
    func authorise(_ exchange: Exchange) throws(Problem) {
        let http = exchange.http
        let snapshot = exchange.snapshot
        let listener = http.info.listener
        let listenerTenant = snapshot.listenerTenants.indices.contains(listener) ? snapshot.listenerTenants[listener] : nil
        let head = http.head
        let resolution: Resolution
        let evidence = evidence(of: http.info, snapshot)
        do throws(Denial) {
            resolution = try http.withHeadBytes { bytes throws(Denial) in
                try snapshot.policy.resolve(head, bytes, evidence: evidence, listenerTenant: listenerTenant)
            }
        } catch {
            exchange.denied = http.withHeadBytes { bytes in
                snapshot.policy.denied(head, bytes, evidence: evidence, listenerTenant: listenerTenant)
            }
            throw Problem(error)
        }
        let tenant = snapshot.tenants[resolution.tenant]
        exchange.resolution = resolution
        exchange.tenant = tenant
        exchange.route = snapshot.policy.routes[resolution.route]
        exchange.deadline = Deadline(
            start: exchange.startedAt, tenantTimeout: tenant.settings.upstream.timeout,
            requested: try requestedTimeout(http, head))
        // Before the job may be cancelled: afterwards it would be too late to say so.
        guard ResponseCoding.isServable(exchange.acceptEncoding, mode: tenant.responseMode) else { throw .notAcceptable }
    }

    private func requestedTimeout(_ http: HTTPExchange, _ head: RequestHead) throws(Problem) -> Duration? {
        do throws(Refusal) {
            return try http.withHeadBytes { bytes throws(Refusal) in try RequestTimeout.requested(head, bytes) }
        } catch {
            throw Problem(
                error.status, type: "bad-request-timeout", title: "X-Request-Timeout is not a positive duration",
                detail: "\(error.reason)", phase: "authorise")
        }
    }
}
