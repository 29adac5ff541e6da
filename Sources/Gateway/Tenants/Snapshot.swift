import Configuration
import Network
import Policy
import Wire

/// An active configuration: immutable, shared by all workers. A reload creates another; exchanges in flight keep theirs.
public final class Snapshot: Sendable {
    let configuration: Configuration
    let policy: Policy
    /// In the order of `policy.tenants`.
    let tenants: [TenantState]
    let labels: SnapshotLabels
    /// By listener: its fixed tenant.
    let listenerTenants: [Int?]
    let trustsEveryone: Bool
    /// By listener.
    let pageGuards: [PageGuard]
    /// The path of health checks on callers' listeners, if any.
    let healthPath: [UInt8]?

    init(configuration: Configuration, policy: Policy, tenants: [TenantState], labels: SnapshotLabels) {
        self.configuration = configuration
        self.policy = policy
        self.tenants = tenants
        self.labels = labels
        listenerTenants = configuration.gateway.listen.map { listener in listener.tenant.flatMap(policy.directory.index(of:)) }
        trustsEveryone = configuration.callers.isEmpty
        healthPath = configuration.gateway.healthPath.map { Array($0.utf8) }
        pageGuards = configuration.pageGuards
    }
}

extension Configuration {
    /// By listener.
    var pageGuards: [PageGuard] {
        gateway.listen.map { PageGuard(address: $0.address, hosts: gateway.hosts, pages: callers.isEmpty ? .refused : .accepted) }
    }
}

/// The configuration's names, in the form for log and metrics.
struct SnapshotLabels: Sendable {
    let tenants: [Label]
    let routes: [Label]
    let callers: [Label]
    let listeners: [Label]
    /// By tenant, then by entity.
    let entities: [[Label]]

    /// - Parameter tables: keep each name's slot across reloads.
    init(_ configuration: Configuration, _ policy: Policy, tables: inout MetricsLabels, others: inout LabelTable) {
        tenants = policy.tenants.map { tables.tenants.label($0.name) }
        routes = policy.routes.map { tables.routes.label($0.name) }
        callers = configuration.callers.map { tables.callers.label($0.name) }
        listeners = configuration.gateway.listen.map { others.label("\($0.address)") }
        entities = policy.tenants.map { tenant in tenant.entities.entities.map { others.label($0.name) } }
    }
}

extension Policy {
    /// The policy that a configuration describes.
    /// - Parameter callers: instead of the configuration's.
    convenience init(_ configuration: Configuration, callers: [CallerSettings]? = nil) {
        self.init(
            callers: callers ?? configuration.callers, tenants: configuration.tenants, routes: configuration.routes,
            tenantHeader: configuration.gateway.tenantHeader, defaultTenant: configuration.gateway.defaultTenant,
            version: Version.current)
    }
}
