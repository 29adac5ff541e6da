import Network
import Policy
import Wire

/// identify: the caller and the tenant.
extension Gateway {
    func identify(_ request: Request, _ journal: Journal) throws(Problem) -> IdentifiedCaller {
        let snapshot = request.snapshot
        let info = request.http.info
        let listenerTenant =
            snapshot.listenerTenants.indices.contains(info.listener) ? snapshot.listenerTenants[info.listener] : nil
        let head = request.http.head
        do throws(Denial) {
            let caller = try request.http.withHeadBytes { bytes throws(Denial) in
                try snapshot.policy.identify(head, bytes, evidence: evidence(info, snapshot), listenerTenant: listenerTenant)
            }
            journal.note(caller.subject, snapshot)
            return caller
        } catch {
            journal.note(error.subject, snapshot)
            throw Problem(error)
        }
    }

    /// The connection's peer credentials.
    private func evidence(_ info: ConnectionInfo, _ snapshot: Snapshot) -> CallerEvidence {
        if snapshot.trustsEveryone { return .none }
        return CallerEvidence(
            peer: info.peer, names: info.subjectAlternativeNames.compactMap { SubjectAlternativeName($0.utf8) })
    }
}

extension Journal {
    /// Records caller, tenant and route as far as policy resolved them.
    func note(_ subject: Denial.Subject, _ snapshot: Snapshot) {
        let labels = snapshot.labels
        if let caller = subject.caller { entry.caller = labels.callers[caller] }
        if let tenant = subject.tenant {
            entry.tenant = labels.tenants[tenant]
            self.tenant = snapshot.tenants[tenant].name
        }
        if let route = subject.route {
            entry.route = labels.routes[route]
            isCancel = snapshot.policy.routes[route].kind.isCancel
        }
    }
}
