import Network
import Policy
import Wire

/// The state of one tenant that all workers share.
final class TenantState: Sendable {
    let settings: TenantSettings
    let target: UpstreamTarget
    /// The tenant's tokens; with a hub, the key for it. nil for a hub without a key.
    let tokens: TokenSource?
    /// Whether the upstream is another gateway.
    let usesHub: Bool
    let admission: TenantAdmission
    /// nil if cancels are not coalesced.
    let coalescer: Coalescer?

    init(_ settings: TenantSettings, target: UpstreamTarget, tokens: TokenSource?, admission: TenantAdmission) {
        self.settings = settings
        self.target = target
        self.tokens = tokens
        self.admission = admission
        usesHub = settings.usesHub
        coalescer = settings.coalesce ? Coalescer() : nil
    }

    var name: String { settings.name }
}

/// The targets of a configuration: tenants with equal connection settings have the same target, and share its connections.
struct UpstreamTargets {
    private let environment: ProxyEnvironment
    private var known: [UpstreamSettings: UpstreamTarget] = [:]

    /// - Parameter targets: the existing targets.
    init(_ environment: ProxyEnvironment, _ targets: some Sequence<UpstreamTarget> = []) {
        self.environment = environment
        for target in targets { known[target.settings] = target }
    }

    /// The origins of a tenant's upstream and of its token endpoint.
    mutating func targets(
        of tenant: TenantSettings
    ) throws(UpstreamTarget.InvalidURL) -> (api: UpstreamTarget, token: UpstreamTarget) {
        let api = try target(tenant.upstream.ofConnections)
        var settings = tenant.upstream.ofConnections
        settings.url = tenant.token.origin
        return (api, try target(settings))
    }

    private mutating func target(_ settings: UpstreamSettings) throws(UpstreamTarget.InvalidURL) -> UpstreamTarget {
        if let target = known[settings] { return target }
        let target = try UpstreamTarget(settings, environment: environment)
        known[settings] = target
        return target
    }
}

extension UpstreamSettings {
    /// The same, without per-request settings.
    fileprivate var ofConnections: UpstreamSettings {
        var settings = self
        let defaults = UpstreamSettings(url: url)
        settings.firstByteTimeout = defaults.firstByteTimeout
        settings.stallTimeout = defaults.stallTimeout
        settings.timeout = defaults.timeout
        settings.forwardHeaders = defaults.forwardHeaders
        return settings
    }
}
