import Policy

/// A tenant's table as it is written, before its keys are seen together.
struct TenantDraft {
    /// With neither upstream nor credential yet: `TenantDraft+Resolve` sets both.
    var settings: TenantSettings
    var upstream: String?
    var environment: DataCentre?
    var clientID: String?
    var clientSecret: SecretSource?
    var token: SecretSource?
    var tokenURL: String?
    var tokenParameters: [TokenSettings.Parameter] = []
    var entity: String?
    var entities: [TenantSettings.Entity] = []

    init(name: String, defaults: UpstreamSettings) {
        settings = TenantSettings(name: name, upstream: defaults, credential: .token(.literal("")))
    }
}
