import Policy

extension TenantDraft {
    /// The tenant, its keys seen together; nil after it has reported what is wrong. `reading` is at the tenant.
    func resolve(_ reading: inout Reading) -> TenantSettings? {
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
                    "neither upstream nor environment", hint: "upstream = \"https://rest.na.zuora.com\" or environment = \"us1\"")
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
                reading.at(.key(key)) { $0.warning("of no use with a static token") }
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
        for (key, secret) in [("client_secret", clientSecret), ("token", token)] {
            reading.at(.key(key)) { reading in
                switch secret {
                case .literal? where !areLiteralsAllowed:
                    reading.error(
                        "a secret in the file",
                        hint: "\(ValueReader<SecretSource>.secretForm); only a loopback upstream may have a literal")
                case .environment(let name)?:
                    reading.warning(
                        "\(name) can be read in /proc by this user's other processes, and stays what it was at start",
                        hint: "a file can be kept from others and can be rotated")
                default: break
                }
            }
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
            case .userInfo: self.error("a user or password in the URL", hint: "the file holds no secrets")
            case .scheme: self.error("no URL: \(quoted(text))", hint: "such as \"https://rest.na.zuora.com\"")
            case .host: self.error("no host that can be in a URL: \(quoted(text))")
            case .port: self.error("no port between 1 and 65535: \(quoted(text))")
            case .path: self.error("a query, a fragment or white space: \(quoted(text))")
            }
            return nil
        }
        switch url.scheme {
        case "https": break
        case "http" where url.isLoopback: break
        case "http":
            self.error("http:// beyond this machine: anyone on the way could read the token", hint: "https://\(url.host)")
            return nil
        default:
            self.error("unknown scheme \(quoted(url.scheme))", hint: "https, or http on loopback")
            return nil
        }
        if !isPathAllowed, !url.path.isEmpty {
            self.error("a path, which callers' own paths would follow", hint: quoted(url.origin))
            return nil
        }
        return url
    }

    /// Whether the table at `path` lacks the key.
    func isAbsent(_ key: String) -> Bool { !report.has(path + key) }
}
