public import Policy

/// What proxy.conf says, validated: every name that it refers to exists, every number is in range. Immutable: a reload makes a
/// new one.
public struct Configuration: Sendable {
    public var gateway: GatewaySettings
    public let limits: LimitSettings
    /// Empty: whoever reaches a listener is trusted.
    public let callers: [CallerSettings]
    /// At least one.
    public let tenants: [TenantSettings]
    /// The built-in routes, then those of `[[routes]]`.
    public let routes: [RouteSettings]
    /// Every secret that is used, in the file's order. Nothing here has been read.
    public let secretSources: [SecretReference]
    /// Every file that is referred to otherwise: certificates, keys and authorities.
    public let files: [FileReference]
    /// What is worth a second look, by line.
    public let warnings: [Diagnostic]

    /// A secret and where the file speaks of it.
    public struct SecretReference: Hashable, Sendable {
        /// `tenants.acme.client_secret`
        public let keyPath: String
        public let line: Int?
        public let source: SecretSource
    }

    /// A file and where proxy.conf speaks of it.
    public struct FileReference: Hashable, Sendable {
        /// `gateway.tls.certificate`
        public let keyPath: String
        public let line: Int?
        /// As it is to be opened: a relative path has the configuration's directory in front.
        public let path: String
    }
}
