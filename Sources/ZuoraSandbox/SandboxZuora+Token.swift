import Wire

extension SandboxZuora {
    /// `POST /oauth/token`.
    mutating func token(_ call: inout SandboxCall, form: TokenResponse) -> SandboxReply {
        let limit = countTokenCall(call)
        var reply = limit.exceeded ? ZuoraError.message(429, "request exceeded limit") : grant(&call, form: form)
        reply.fields += [
            Field("X-RateLimit-Limit-minute", String(limit.limit)),
            Field("X-RateLimit-Remaining-minute", String(limit.remaining)),
        ]
        return reply
    }

    private mutating func countTokenCall(_ call: SandboxCall) -> (limit: Int, remaining: Int, exceeded: Bool) {
        let fresh = RateWindow(length: .seconds(60), now: call.now)
        peerTokenCalls[call.request.peer, default: fresh].add(now: call.now)
        let peer = peerTokenCalls[call.request.peer, default: fresh]
        let name = call.tenant?.name ?? ""
        tenantTokenCalls[name, default: fresh].add(now: call.now)
        let tenant = tenantTokenCalls[name, default: fresh]
        return (
            settings.tokenRatePerPeer, peer.remaining(of: settings.tokenRatePerPeer),
            peer.count > settings.tokenRatePerPeer || tenant.count > settings.tokenRatePerTenant
        )
    }

    private mutating func grant(_ call: inout SandboxCall, form: TokenResponse) -> SandboxReply {
        let request = call.request
        guard request.method == "POST" else {
            return ZuoraError.spring(
                405, "Method Not Allowed", "Request method '\(request.method)' not supported", path: request.path)
        }
        let type = request.fields.first("Content-Type") ?? ""
        guard type.lowercased().hasPrefix("application/x-www-form-urlencoded") else {
            return ZuoraError.spring(415, "Unsupported Media Type", "Content type '\(type)' not supported", path: request.path)
        }
        if let name = request.fields.first("Authorization") == nil ? Self.oldCredential(request) : "Authorization" {
            return ZuoraError.code(400, 50_000_020, "The header \(name) must not be sent with a token request.")
        }
        let body = FormFields(request.body)
        guard body.first("grant_type") == "client_credentials" else {
            return ZuoraError.code(400, 50_000_020, "The grant type is not supported.")
        }
        guard let client = call.client, let tenant = call.tenant else {
            return .json(
                400, ["path": .string(request.path), "status": 400, "message": "Invalid client id"])
        }
        guard !client.deactivated else { return .json(403, ["path": .string(request.path), "status": 403]) }
        guard body.first("client_secret") == client.secret else {
            return ZuoraError.message(401, "Invalid client credentials")
        }
        var entities = client.entities ?? tenant.entities.values.sorted()
        let named = request.fields.all("Zuora-Entity-Ids")
        if let name = named.first {
            guard named.count == 1, name.utf8.count == 36, entities.contains(name) else {
                return ZuoraError.code(400, 50_000_020, "Zuora-Entity-Ids must be one UUID of an accessible entity.")
            }
            entities = [name]
        }
        let token = AccessToken(
            // As long as Zuora's, and easy to search for where it must not appear.
            text: "sandbox-" + random.hex(24), client: client.id, tenant: tenant.name, entities: entities,
            expires: call.now + client.lifetime)
        // Tokens that expired long ago are dropped, so that they do not accumulate in a long run.
        if tokens.count >= 10_000 { tokens = tokens.filter { $0.value.expires > call.now } }
        tokens[token.text] = token
        call.token = token
        call.did = "issued token \(token.fingerprint)"
        return tokenReply(token, client: client, tenant: tenant, form: form)
    }

    /// The response with the token, in the requested form.
    private mutating func tokenReply(
        _ token: AccessToken, client: SandboxClient, tenant: SandboxTenant, form: TokenResponse
    ) -> SandboxReply {
        switch form {
        case .html: return ZuoraError.page(200, "Scheduled maintenance")
        case .empty: return SandboxReply(status: 200)
        case .array: return .json(200, [])
        case .redirect: return SandboxReply(status: 302, fields: [Field("Location", "/oauth/elsewhere")])
        default: break
        }
        let user = fingerprint(client.id.utf8).hex + fingerprint("user \(client.id)".utf8).hex
        let scopes =
            ["user.\(user)"] + token.entities.map { "entity.\($0)" } + ["service.usage.write", "tenant.\(tenant.number)"]
        // One second short of the lifetime, as in Zuora's sample.
        let seconds = max(0, Int(client.lifetime.components.seconds) - 1)
        let padding = form == .huge ? JSONValue.string(String(repeating: "x", count: 2 << 20)) : nil
        var reply = SandboxReply.json(
            200,
            .object(of: [
                "access_token": form.accessToken(token.text), "token_type": "bearer", "expires_in": form.expiresIn(seconds),
                "scope": form == .noScope ? nil : .string(scopes.joined(separator: " ")), "padding": padding,
                "jti": .string(random.hex(32)),
            ]))
        if form == .truncatedJSON, let bytes = reply.body.bytes { reply.body = .bytes(Array(bytes.prefix(bytes.count / 2))) }
        if form == .slow { reply.delivery.delay = .seconds(2) }
        return reply
    }
}
