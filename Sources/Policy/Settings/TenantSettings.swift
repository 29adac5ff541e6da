/// The settings of one tenant, including defaults. Plain data without logic.
public struct TenantSettings: Hashable, Sendable {
    /// The key under `[tenants]`, and the value of the tenant header. 1 to 64 of `A-Z a-z 0-9 . _ -`.
    public var name: String
    public var upstream: UpstreamSettings
    public var credential: CredentialSettings
    /// Where and how a token is requested; has no effect with a static token.
    public var token: TokenSettings
    /// The entities that a caller may choose. Empty: no entity header is ever sent.
    public var entities: [Entity] = []
    /// The entity used when the caller names none.
    public var defaultEntity: Entity?
    /// Allowed and default `Zuora-Org-Ids`, in order. Empty: the header is never sent.
    public var orgs: [String] = []
    /// `Zuora-Version` to send; nil sends none.
    public var apiVersion: String?
    /// Whether a caller's `Zuora-Version` replaces `apiVersion`.
    public var callerMayChooseVersion = false
    /// Names of the routes that are forwarded.
    public var routes: [String] = ["aqua.cancel"]
    public var gzip = GzipSettings()
    public var admission = AdmissionSettings()
    public var retry = RetrySettings()
    /// nil for no breaker.
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

    /// Whether the upstream is another gateway, which decides everything about the request but who may send it.
    public var usesHub: Bool { if case .hub = credential { true } else { false } }

    /// A Zuora entity: a name chosen by the operator, and its id.
    public struct Entity: Hashable, Sendable {
        public var name: String
        /// 32 lower-case hexadecimal digits, hyphens removed: the form in which ids are compared.
        public var id: String
        /// The id as written in the configuration, sent if its spelling in the token's scope is unknown.
        public var spelling: String

        /// - Parameter spelling: the default is `id`.
        public init(name: String, id: String, spelling: String? = nil) {
            self.name = name
            self.id = id
            self.spelling = spelling ?? id
        }
    }

    public enum OutcomeStatus: String, Sendable, CaseIterable {
        /// Zuora's status is relayed.
        case relay
        /// The status states the outcome (docs/configuration.md, `outcome_status`).
        case strict
    }
}

/// How a tenant's requests are authenticated upstream.
public enum CredentialSettings: Hashable, Sendable {
    /// OAuth client credentials (RFC 6749 section 4.4).
    case client(id: String, secret: SecretSource)
    /// A static bearer token that another process keeps valid.
    case token(SecretSource)
    /// The upstream is another gateway, the hub, which has the tenant's credential. It authenticates this gateway by its
    /// key, or without one by its client certificate.
    case hub(key: SecretSource?)

    /// The secret; nil for a hub without a key.
    public var source: SecretSource? {
        switch self {
        case .client(_, let secret): secret
        case .token(let token): token
        case .hub(let key): key
        }
    }
}

/// The source of a secret. The file never contains one, unless the tenant's upstream is loopback.
public enum SecretSource: Hashable, Sendable {
    case file(path: String)
    case environment(name: String)
    case literal(String)
}

extension SecretSource: CustomStringConvertible, CustomReflectable {
    /// The source, never the value.
    public var description: String {
        switch self {
        case .file(let path): "file \(path)"
        case .environment(let name): "environment variable \(name)"
        case .literal: "literal (redacted)"
        }
    }

    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .enum) }
}

/// How a token is requested with client credentials.
public struct TokenSettings: Hashable, Sendable {
    /// The full URL of the token endpoint.
    public var url: String
    /// Form parameters beyond client_id, client_secret and grant_type, in order.
    public var parameters: [Parameter] = []

    public init(url: String) { self.url = url }

    /// Scheme, host and port.
    public var origin: String { Endpoint(url: url).origin }
    /// What follows them; at least `/`.
    public var path: String { Endpoint(url: url).path }

    public struct Parameter: Hashable, Sendable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }
}

/// The full URL of something that requests are sent to, in two parts.
struct Endpoint {
    /// Scheme, host and port.
    let origin: String
    /// What follows them; at least `/`.
    let path: String

    init(url: String) {
        var slashes = 0
        let start = url.firstIndex { character in
            if character == "/" { slashes += 1 }
            return slashes == 3
        }
        origin = String(url[..<(start ?? url.endIndex)])
        path = start.map { String(url[$0...]) } ?? "/"
    }
}

/// Connection settings of a tenant's data centre.
public struct UpstreamSettings: Hashable, Sendable {
    /// `https://host[:port]`, or `http://` on loopback only; no path, no trailing slash.
    public var url: String
    /// The path of a Unix socket to connect to, instead of the URL's host.
    public var unixSocket: String?
    /// Time for DNS, TCP and TLS together.
    public var connectTimeout: Duration = .seconds(5)
    /// Time from the end of the request to the first byte of the response; nil means limited by `timeout` only.
    public var firstByteTimeout: Duration?
    /// How long a response may stall.
    public var stallTimeout: Duration = .seconds(60)
    /// The whole exchange, from accept to the last attempt's response. Zuora's time-out is 120 s.
    public var timeout: Duration = .seconds(130)
    /// PEM file of certificate authorities instead of the system's.
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
    /// How long a resolved address is cached.
    public var dnsTTL: Duration = .seconds(60)
    /// Names of callers' header fields that are sent, beyond those of `HeaderPolicy`.
    public var forwardHeaders: [String] = []

    public init(url: String) { self.url = url }

    public enum TLSVersion: String, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    public var isTLS: Bool { url.hasPrefix("https://") }
}
