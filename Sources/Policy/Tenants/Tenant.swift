import Wire

/// A tenant with all that its configuration decides for every request already worked out. A class, so that
/// handing it about costs one reference count.
public final class Tenant: Sendable {
    public let name: String
    /// The routes that are forwarded.
    public let routes: RouteSet
    public let entities: EntityPolicy
    public let orgs: OrgPolicy
    /// The tenant's `Zuora-Version`; nil: none is sent.
    public let version: String?
    /// Whether a caller's own `Zuora-Version` is forwarded in place of `version`.
    public let callerMayChooseVersion: Bool
    /// The `Zuora-Version` line, or nothing.
    let versionLine: HeaderBlock

    init(_ settings: TenantSettings, routes table: RouteTable, problems: inout [PolicyProblem]) {
        let key = "tenants.\(settings.name)"
        name = settings.name
        routes = table.set(of: settings.routes, key: "\(key).routes", problems: &problems)
        entities = EntityPolicy(settings, problems: &problems)
        orgs = OrgPolicy(settings, problems: &problems)
        version = settings.apiVersion
        callerMayChooseVersion = settings.callerMayChooseVersion
        var line = HeaderBlock()
        if let version = settings.apiVersion, version.isEmpty || !line.append(.zuoraVersion, "Zuora-Version", version) {
            problems.append(PolicyProblem("\(key).api_version", "not a value that a header can carry"))
        }
        versionLine = line
    }
}
