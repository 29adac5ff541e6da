import Configuration
import Network
import Policy
import Wire

/// One configuration in force: immutable, shared by all workers. A reload makes another; exchanges under way keep theirs.
public final class Snapshot: Sendable {
    let configuration: Configuration
    let policy: Policy
    /// As in `policy.tenants`.
    let tenants: [TenantState]
    let labels: SnapshotLabels
    /// By listener: the tenant that it serves alone.
    let listenerTenants: [Int?]
    let trustsEveryone: Bool
    /// By listener.
    let pageGuards: [PageGuard]

    init(configuration: Configuration, policy: Policy, tenants: [TenantState], labels: SnapshotLabels) {
        self.configuration = configuration
        self.policy = policy
        self.tenants = tenants
        self.labels = labels
        listenerTenants = configuration.gateway.listen.map { listener in listener.tenant.flatMap(policy.directory.index(of:)) }
        trustsEveryone = configuration.callers.isEmpty
        let pages: PageGuard.Pages = configuration.callers.isEmpty ? .refused : .accepted
        pageGuards = configuration.gateway.listen.map { listener in
            PageGuard(address: listener.address, hosts: configuration.gateway.hosts, pages: pages)
        }
    }
}
