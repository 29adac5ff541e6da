import Configuration
import Policy

/// The configuration's names, in the form that log and metrics want them.
struct SnapshotLabels: Sendable {
    let tenants: [Label]
    let routes: [Label]
    let callers: [Label]
    let listeners: [Label]
    /// By tenant, then by entity.
    let entities: [[Label]]

    /// - Parameter tables: keep each name's slot over reloads.
    init(_ configuration: Configuration, _ policy: Policy, tables: inout MetricsLabels, others: inout LabelTable) {
        tenants = policy.tenants.map { tables.tenants.label($0.name) }
        routes = policy.routes.map { tables.routes.label($0.name) }
        callers = configuration.callers.map { others.label($0.name) }
        listeners = configuration.gateway.listen.map { others.label("\($0.address)") }
        entities = policy.tenants.map { tenant in tenant.entities.entities.map { others.label($0.name) } }
    }
}
