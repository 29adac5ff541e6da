@testable import Policy

enum Sample {
    static let emea = "8a8082e6-5b2c-4a31-9f11-0123456789ab"
    static let amer = "402881e5-0000-1111-2222-333344445555"
    static let other = "ffffffff-0000-1111-2222-333344445555"

    static func hex(_ id: String) -> String { id.filter { $0 != "-" } }

    static func tenant(_ name: String, _ change: (inout TenantSettings) -> Void = { _ in }) -> TenantSettings {
        var tenant = TenantSettings(
            name: name, upstream: UpstreamSettings(url: "https://rest.zuora.example"),
            credential: .client(id: "id", secret: .environment(name: "SECRET")))
        change(&tenant)
        return tenant
    }

    /// Two entities, `emea` the default; two orgs; cancel and get.
    static let acme = tenant("acme") {
        $0.entities = [
            .init(name: "emea", id: hex(emea), spelling: emea), .init(name: "amer", id: hex(amer), spelling: amer),
        ]
        $0.defaultEntity = $0.entities[0]
        $0.orgs = ["org-1", "org-2", "org-3"]
        $0.routes = ["aqua.cancel", "aqua.get", "aqua.submit"]
        $0.apiVersion = "2025-08-12"
    }

    /// Nothing but what every tenant must have.
    static let plain = tenant("plain")

    static func digest(_ text: String) -> SHA256Digest? { SHA256Digest(of: Array(text.utf8).span) }

    static func caller(_ name: String, key: String? = nil, _ change: (inout CallerSettings) -> Void = { _ in }) -> CallerSettings
    {
        var caller = CallerSettings(name: name)
        if let key, let digest = digest(key) { caller.keyHashes = [digest.bytes] }
        change(&caller)
        return caller
    }

    static func policy(
        callers: [CallerSettings] = [], tenants: [TenantSettings] = [acme, plain],
        routes: [RouteSettings] = RouteSettings.builtIn, header: String = "X-Zuora-Tenant", default name: String? = "acme"
    ) -> Policy {
        Policy(
            callers: callers, tenants: tenants, routes: routes, tenantHeader: header, defaultTenant: name, version: "1.2.3")
    }
}
