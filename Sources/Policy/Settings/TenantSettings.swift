/// What the configuration says about one tenant, defaults filled in. Plain data: decisions are made from it elsewhere.
public struct TenantSettings: Hashable, Sendable {
    /// The key under `[tenants]`; what callers put in the tenant header. 1 to 64 of `A-Z a-z 0-9 . _ -`.
    public var name: String
    public var upstream: UpstreamSettings
    public var credential: CredentialSettings
    /// Where and how a token is asked for; of no use with a static token.
    public var token: TokenSettings
    /// The entities that a caller may choose. Empty: no entity header is ever sent.
    public var entities: [Entity] = []
    /// The entity used when the caller names none.
    public var defaultEntity: Entity?
    /// Allowed and default `Zuora-Org-Ids`, in order. Empty: the header is never sent.
    public var orgs: [String] = []
    /// `Zuora-Version` to send; nil sends none.
    public var apiVersion: String?
    /// Whether a caller's own `Zuora-Version` is forwarded in place of `apiVersion`.
    public var callerMayChooseVersion = false
    /// Names of the routes that are forwarded.
    public var routes: [String] = ["aqua.cancel"]
    public var gzip = GzipSettings()
    public var admission = AdmissionSettings()
    public var retry = RetrySettings()
    /// nil: no breaker.
    public var breaker: BreakerSettings? = BreakerSettings()
    public var outcomeStatus = OutcomeStatus.relay
    /// Whether identical cancels in flight at the same time share one upstream call.
    public var coalesce = false

    public init(name: String, upstream: UpstreamSettings, credential: CredentialSettings) {
        self.name = name
        self.upstream = upstream
        self.credential = credential
        self.token = TokenSettings(url: upstream.url + "/oauth/token")
    }

    /// A Zuora entity: a name of the operator's choosing, and its id.
    public struct Entity: Hashable, Sendable {
        public var name: String
        /// 32 lower-case hexadecimal digits, hyphens removed: the form in which ids are compared.
        public var id: String
        /// The id as the configuration writes it: what is sent while nothing is known of how the token's scope spells it.
        public var spelling: String

        /// - Parameter spelling: the default is `id`.
        public init(name: String, id: String, spelling: String? = nil) {
            self.name = name
            self.id = id
            self.spelling = spelling ?? id
        }
    }

    public enum OutcomeStatus: String, Sendable, CaseIterable {
        /// Zuora's status is the caller's status.
        case relay
        /// The status says what happened to the job (docs/configuration.md, `outcome_status`).
        case strict
    }
}
