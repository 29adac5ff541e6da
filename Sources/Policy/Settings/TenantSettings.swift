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

/// How a tenant's bearer token is had.
public enum CredentialSettings: Hashable, Sendable {
    /// OAuth client credentials (RFC 6749 section 4.4).
    case client(id: String, secret: SecretSource)
    /// A bearer token that somebody else keeps fresh.
    case token(SecretSource)

    public var source: SecretSource {
        switch self {
        case .client(_, let secret): secret
        case .token(let token): token
        }
    }
}

/// Where a secret is read from. The file never holds one, unless the tenant's upstream is loopback.
public enum SecretSource: Hashable, Sendable {
    case file(path: String)
    case environment(name: String)
    case literal(String)
}

extension SecretSource: CustomStringConvertible, CustomReflectable {
    /// Where it is, never what it is.
    public var description: String {
        switch self {
        case .file(let path): "file \(path)"
        case .environment(let name): "environment variable \(name)"
        case .literal: "literal (redacted)"
        }
    }

    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .enum) }
}

/// How a token is asked for with client credentials.
public struct TokenSettings: Hashable, Sendable {
    /// The whole URL of the token endpoint.
    public var url: String
    /// Form parameters beyond client_id, client_secret and grant_type, in order.
    public var parameters: [Parameter] = []

    public init(url: String) { self.url = url }

    /// Scheme, host and port.
    public var origin: String { String(url[..<pathStart]) }

    /// What follows them; at least `/`.
    public var path: String { pathStart == url.endIndex ? "/" : String(url[pathStart...]) }

    /// The third slash.
    private var pathStart: String.Index {
        var slashes = 0
        return url.firstIndex {
            if $0 == "/" { slashes += 1 }
            return slashes == 3
        } ?? url.endIndex
    }

    public struct Parameter: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }
}

/// Where and how a tenant's data centre is reached.
public struct UpstreamSettings: Hashable, Sendable {
    /// `https://host[:port]`, or `http://` on loopback only; no path, no trailing slash.
    public var url: String
    /// Time for DNS, TCP and TLS together.
    public var connectTimeout: Duration = .seconds(5)
    /// Time from the request sent to the first byte of the answer; nil: only `timeout` bounds it.
    public var firstByteTimeout: Duration?
    /// How long an answer under way may stand still.
    public var stallTimeout: Duration = .seconds(60)
    /// The whole exchange, from accept to the last attempt's answer. Zuora itself gives up at 120 s.
    public var timeout: Duration = .seconds(130)
    /// PEM file of certificate authorities in place of the system's.
    public var caFile: String?
    /// PEM files of the client certificate and its key.
    public var clientCertificate: String?
    public var clientKey: String?
    /// Forward proxy URL; nil takes HTTPS_PROXY and NO_PROXY, read once at start.
    public var proxy: String?
    /// 1.2 or 1.3.
    public var minimumTLS = TLSVersion.tls12
    /// A pooled connection idle for longer is closed.
    public var idleTimeout: Duration = .seconds(60)
    /// A pooled connection older than this is not reused.
    public var maximumAge: Duration = .seconds(600)
    /// How long a resolved address is believed.
    public var dnsTTL: Duration = .seconds(60)

    public init(url: String) { self.url = url }

    public enum TLSVersion: String, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    public var isTLS: Bool { url.hasPrefix("https://") }
}
