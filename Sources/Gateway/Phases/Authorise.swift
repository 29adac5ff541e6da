import Network
import Policy
import Wire

/// What a caller may do: a route, for a tenant, an entity and orgs, until a deadline. A class, so that the phases share it: it is large,
/// and each asynchronous frame would otherwise have a copy.
final class Operation {
    let request: Request
    let resolution: Resolution
    let tenant: TenantState
    let tenantLabel: Label
    let route: Route
    let deadline: Deadline
    let load: LoadShare

    init(
        _ request: Request, _ resolution: Resolution, _ tenant: TenantState, label: Label, _ route: Route, _ deadline: Deadline,
        _ load: LoadShare
    ) {
        self.request = request
        self.resolution = resolution
        self.tenant = tenant
        tenantLabel = label
        self.route = route
        self.deadline = deadline
        self.load = load
    }

    var http: HTTPExchange { request.http }
    var kind: RouteSettings.Kind { route.kind }
    var isCancel: Bool { kind.isCancel }

    /// Whether the response may be coded with gzip.
    var asksForGzip: Bool {
        ResponseCoding.asksForGzip(
            request.acceptEncoding, mode: tenant.settings.gzip.response, hasRange: http.head.fields.contains { $0.name == .range }
        )
    }
}

/// authorise: whether this caller may perform the request, for which entity and orgs, and within which time. The policy decides.
extension Gateway {
    func authorise(_ request: Request, _ caller: IdentifiedCaller, _ journal: Journal) throws(Problem) -> Operation {
        let snapshot = request.snapshot
        let head = request.http.head
        let resolution: Resolution
        let requested: Duration?
        do throws(Denial) {
            resolution = try request.http.withHeadBytes { bytes throws(Denial) in
                try snapshot.policy.authorise(caller, head, bytes)
            }
        } catch {
            journal.note(error.subject, snapshot)
            throw Problem(error)
        }
        journal.note(resolution.subject, snapshot)
        if let index = resolution.entity.index { journal.entry.entity = snapshot.labels.entities[resolution.tenant][index] }
        do throws(Refusal) {
            requested = try request.http.withHeadBytes { bytes throws(Refusal) in
                if let range = resolution.identifier { journal.entry.jobID = InlineText(bytes.extracting(range)) }
                return try RequestTimeout.requested(head, bytes)
            }
        } catch {
            throw Problem(timeout: error)
        }
        request.caller.outlivesHalfClose = journal.isCancel
        let tenant = snapshot.tenants[resolution.tenant]
        // Before the job may be cancelled: afterwards a refusal would be too late.
        guard ResponseCoding.isServable(request.acceptEncoding, mode: tenant.settings.gzip.response) else { throw .notAcceptable }
        return Operation(
            request, resolution, tenant, label: snapshot.labels.tenants[resolution.tenant],
            snapshot.policy.routes[resolution.route],
            Deadline(start: request.startedAt, tenantTimeout: tenant.settings.upstream.timeout, requested: requested),
            try enterLoad(request.http, tenant, snapshot, isCancel: journal.isCancel))
    }
}
