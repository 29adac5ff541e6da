import Policy

/// A tenant's table as written, before its keys are checked against each other.
struct TenantDraft {
    /// With neither upstream nor credential yet: `resolve` sets both.
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
    var hub = HubDraft()
    private let defaults: TenantDefaults

    init(name: String, defaults: TenantDefaults = TenantDefaults()) {
        settings = TenantSettings(name: name, upstream: defaults.upstream, credential: .token(.literal("")))
        self.defaults = defaults
    }

    /// The tenant, with its keys checked against each other; nil after reporting an error. `reading` is at the tenant.
    func resolve(_ reading: inout Reading) -> TenantSettings? {
        let ownHub = hub.resolve(settings.upstream, &reading)
        let isDirect = !reading.isAbsent("upstream") || !reading.isAbsent("environment")
        if !reading.isAbsent("gateway") {
            if isDirect { reading.at(.key("gateway")) { $0.error("both a gateway and an upstream", hint: "only one of them") } }
            return resolve(at: ownHub, &reading)
        }
        if defaults.hasHub, !isDirect { return resolve(at: defaults.hub, &reading) }
        let target = resolveUpstream(&reading)
        let tokenURL = target.flatMap { resolveTokenURL($0, &reading) }
        let credential = resolveCredential(&reading)
        let entities = resolveEntities(&reading)
        checkPairs(&reading)
        guard let target, let tokenURL, let credential, let entities else { return nil }
        var settings = settings
        settings.upstream.url = target.origin
        settings.credential = credential
        settings.token = TokenSettings(url: tokenURL.origin + tokenURL.path)
        settings.token.parameters = tokenParameters
        settings.entities = entities.all
        settings.defaultEntity = entities.standard
        checkSecrets(areLiteralsAllowed: target.isLoopback && tokenURL.isLoopback, &reading)
        return settings
    }

    private func resolveUpstream(_ reading: inout Reading) -> UpstreamURL? {
        switch (upstream, environment) {
        case (let text?, nil):
            return reading.at(.key("upstream")) { $0.secureURL(text, isPathAllowed: false) }
        case (nil, let environment?):
            return try? UpstreamURL(environment.url)
        case (nil, nil):
            if reading.isAbsent("upstream"), reading.isAbsent("environment") {
                reading.error(
                    "no upstream, environment or gateway",
                    hint: "upstream = \"https://rest.na.zuora.com\" or environment = \"us1\"")
            }
        case (_?, _?):
            reading.at(.key("environment")) { $0.error("both upstream and environment", hint: "only one of them") }
        }
        return nil
    }

    private func resolveTokenURL(_ target: UpstreamURL, _ reading: inout Reading) -> UpstreamURL? {
        guard let tokenURL else {
            var standard = target
            standard.path = "/oauth/token"
            return standard
        }
        return reading.at(.key("token_url")) { reading in
            reading.secureURL(tokenURL.hasPrefix("/") ? target.origin + tokenURL : tokenURL, isPathAllowed: true)
        }
    }

    private func resolveCredential(_ reading: inout Reading) -> CredentialSettings? {
        let hasClient = clientID != nil || clientSecret != nil
        if token != nil, hasClient {
            reading.at(.key("token")) { $0.error("both a token and a client", hint: "only one of them") }
            return nil
        }
        if let token {
            for key in ["token_url", "token_params"] where !reading.isAbsent(key) {
                reading.at(.key(key)) { $0.warning("has no effect with a static token") }
            }
            return .token(token)
        }
        if let clientID, let clientSecret { return .client(id: clientID, secret: clientSecret) }
        let keys = ["client_id", "client_secret", "token"]
        if keys.allSatisfy({ reading.isAbsent($0) }) {
            reading.error(
                "no credential", hint: "client_id and client_secret = \(ValueReader<SecretSource>.secretForm), or token")
        } else if reading.isAbsent("token") {
            for key in keys.prefix(2) where reading.isAbsent(key) {
                reading.at(.key(key)) { $0.error("missing", hint: "a client has client_id and client_secret") }
            }
        }
        return nil
    }

    private func checkSecrets(areLiteralsAllowed: Bool, _ reading: inout Reading) {
        reading.checkSecret(clientSecret, at: "client_secret", isLiteralAllowed: areLiteralsAllowed)
        reading.checkSecret(token, at: "token", isLiteralAllowed: areLiteralsAllowed)
    }

    /// The entities to choose from and the default; nil after an error.
    private func resolveEntities(_ reading: inout Reading) -> (all: [TenantSettings.Entity], standard: TenantSettings.Entity?)? {
        guard let all = distinctEntities(&reading) else { return nil }
        guard let entity else { return (all, nil) }
        if let named = all.first(where: { $0.name == entity }) { return (all, named) }
        let id = EntityID(entity)?.hex
        if let id, let identified = all.first(where: { $0.id == id }) { return (all, identified) }
        let isOnly = reading.isAbsent("entities")
        return reading.at(.key("entity")) { reading in
            if let id {
                guard isOnly else {
                    reading.error("\(quoted(entity)) is not in entities")
                    return nil
                }
                let only = TenantSettings.Entity(name: entity, id: id, spelling: entity)
                return ([only], only)
            }
            let hint = reading.report.didYouMean(entity, all.map(\.name))
            reading.error("\(quoted(entity)) is neither a name in entities nor an id", hint: hint)
            return nil
        }
    }

    private func distinctEntities(_ reading: inout Reading) -> [TenantSettings.Entity]? {
        var names: [String: String] = [:]
        var isDistinct = true
        for entity in entities {
            reading.at(.key("entities")) { reading in
                reading.at(.key(entity.name)) { reading in
                    if let other = names.updateValue(entity.name, forKey: entity.id) {
                        isDistinct = false
                        reading.error("the same id as \(quoted(other))")
                    }
                    if let id = EntityID(entity.name)?.hex, id != entity.id {
                        isDistinct = false
                        reading.error("a name that equals another entity's id")
                    }
                }
            }
        }
        return isDistinct ? entities : nil
    }

    /// Checks keys that depend on each other.
    private func checkPairs(_ reading: inout Reading) {
        reading.checkPairs(of: settings.upstream)
        if settings.retry.cap < settings.retry.base {
            reading.at(.key("retry")) { $0.error("cap is shorter than base") }
        }
        if let breaker = settings.breaker, breaker.longestOpenTime < breaker.openTime {
            reading.at(.key("breaker")) { $0.error("max_open is shorter than open") }
        }
        let admission = settings.admission
        if let entity = admission.entityConcurrency, entity > admission.concurrency {
            reading.at(.key("entity_concurrency")) { $0.warning("more than concurrency, which limits it") }
        }
        if admission.concurrency > 40, settings.entities.count <= 1, entities.count <= 1 {
            reading.at(.key("concurrency")) { $0.warning("above 40, Zuora's limit for one entity (429)") }
        }
        if admission.rate == nil, !reading.isAbsent("burst") {
            reading.at(.key("burst")) { $0.warning("has no effect without rate") }
        }
        if admission.queueTimeout > settings.upstream.timeout, !reading.isAbsent("queue_timeout") {
            reading.at(.key("queue_timeout")) { $0.warning("longer than timeout, which applies first") }
        }
    }
}

extension Reading {
    /// A URL that secrets may be sent to: `https`, or `http` to this machine.
    mutating func secureURL(_ text: String, isPathAllowed: Bool) -> UpstreamURL? {
        let url: UpstreamURL
        do throws(UpstreamURL.Problem) {
            url = try UpstreamURL(text)
        } catch {
            switch error {
            case .userInfo: self.error("a user or password in the URL", hint: "secrets must not be in the file")
            case .scheme: self.error("not a URL: \(quotedURL(text))", hint: "such as \"https://rest.na.zuora.com\"")
            case .host: self.error("no valid host in the URL: \(quotedURL(text))")
            case .port: self.error("no port between 1 and 65535: \(quotedURL(text))")
            case .path: self.error("a query, a fragment or white space: \(quotedURL(text))")
            }
            return nil
        }
        switch url.scheme {
        case "https": break
        case "http" where url.isLoopback: break
        case "http":
            self.error("http:// to another machine: the token could be read in transit", hint: "https://\(url.bracketedHost)")
            return nil
        default:
            self.error("unknown scheme \(quoted(url.scheme))", hint: "https, or http on loopback")
            return nil
        }
        if !isPathAllowed, !url.path.isEmpty {
            self.error("a path, which would be prefixed to callers' paths", hint: quoted(url.origin))
            return nil
        }
        return url
    }

    /// Reports a secret in the file, unless it never leaves this machine, and warns of one in the environment.
    mutating func checkSecret(_ secret: SecretSource?, at key: String, isLiteralAllowed: Bool) {
        at(.key(key)) { reading in
            switch secret {
            case .literal? where !isLiteralAllowed:
                reading.error(
                    "a secret in the file",
                    hint: "\(ValueReader<SecretSource>.secretForm); a literal is allowed on this machine only")
            case .environment(let name)?:
                reading.warning(
                    "\(name) can be read in /proc by this user's other processes, and keeps its value from startup",
                    hint: "a file can be protected and rotated")
            default: break
            }
        }
    }

    /// Whether the table at `path` lacks the key.
    func isAbsent(_ key: String) -> Bool { !report.has(path + key) }

    /// Checks keys of `[upstream]` that depend on each other, in the table at `path`. Inherited values were checked where
    /// they are set; a default that exceeds a short `timeout` does no harm.
    mutating func checkPairs(of upstream: UpstreamSettings) {
        let hasPart = !isAbsent("client_certificate") || !isAbsent("client_key")
        if hasPart, (upstream.clientCertificate == nil) != (upstream.clientKey == nil) {
            let missing = upstream.clientKey == nil ? "client_key" : "client_certificate"
            at(.key(missing)) { $0.error("missing", hint: "client_certificate and client_key are required together") }
        }
        for (key, limit) in [
            ("connect_timeout", upstream.connectTimeout), ("first_byte_timeout", upstream.firstByteTimeout ?? .zero),
        ]
        where limit > upstream.timeout && (!isAbsent(key) || !isAbsent("timeout") && report.has(["upstream", key])) {
            at(.key(key)) { $0.warning("longer than timeout (\(DurationText.text(upstream.timeout))), which applies first") }
        }
    }
}
