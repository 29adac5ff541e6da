import CurlClient
import Policy

/// The targets of a configuration: the same settings are the same target, and share its connections.
struct UpstreamTargets {
    private let environment: ProxyEnvironment
    private var known: [UpstreamTarget.Settings: UpstreamTarget] = [:]

    /// - Parameter targets: those that exist already.
    init(_ environment: ProxyEnvironment, _ targets: some Sequence<UpstreamTarget> = []) {
        self.environment = environment
        for target in targets { known[target.settings] = target }
    }

    /// Where a tenant's requests go, and where its tokens come from.
    mutating func targets(
        of tenant: TenantSettings
    ) throws(UpstreamTarget.InvalidURL) -> (api: UpstreamTarget, token: UpstreamTarget) {
        var settings = UpstreamTarget.Settings(tenant.upstream)
        let api = try target(settings)
        settings.url = tenant.token.origin
        return (api, try target(settings))
    }

    private mutating func target(_ settings: UpstreamTarget.Settings) throws(UpstreamTarget.InvalidURL) -> UpstreamTarget {
        if let target = known[settings] { return target }
        let target = try UpstreamTarget(settings, environment: environment)
        known[settings] = target
        return target
    }
}
