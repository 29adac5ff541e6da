/// The file's keys: one table that validation and the reference are both made from.
enum Schema {
    /// The tables at the top.
    static let topLevel = ["gateway", "limits", "upstream", "callers", "tenants", "routes"]

    /// Where keys belong that somebody put elsewhere; a key of several tables is in none.
    static let homes: [String: String] = {
        var homes: [String: String] = [:]
        var shared = Set<String>()
        for (heading, keys) in [
            (gateway.heading, gateway.keys), (gatewayTLS.heading, gatewayTLS.keys), (limits.heading, limits.keys),
            (upstream.heading, upstream.keys), (caller.heading, caller.keys),
            (tenant.heading, tenantOnly.keys), (route.heading, route.keys),
        ] {
            for key in keys where homes.updateValue(heading, forKey: key) != nil { shared.insert(key) }
        }
        return homes.filter { !shared.contains($0.key) }
    }()
}
