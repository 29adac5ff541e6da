import Wire

extension SandboxZuora {
    /// `POST /_sandbox/clients`: adds a client, or changes the given members of an existing one.
    mutating func setClient(_ request: SandboxRequest) throws(ControlError) -> SandboxReply {
        var fields = try ControlFields(request)
        let id: String = try fields.require("id")
        let known = clients[id]
        let tenant = try fields.take("tenant") ?? known?.tenant ?? ""
        guard tenants[tenant] != nil else { throw ControlError("no tenant \"\(tenant)\"") }
        guard let secret: String = try fields.take("secret") ?? known?.secret else { throw ControlError("secret is missing") }
        var client = known ?? SandboxClient(id: id, secret: secret, tenant: tenant)
        client.secret = secret
        client.tenant = tenant
        if let names = try fields.takeStrings("entities") {
            client.entities = try names.map { name throws(ControlError) in
                guard let entity = tenants[tenant]?.entities[name] ?? tenants[tenant]?.entity(name, acceptsHex: true) else {
                    throw ControlError("tenant \(tenant) has no entity \"\(name)\"")
                }
                return entity
            }
        }
        client.apiWrite = try fields.take("api_write") ?? client.apiWrite
        client.administrator = try fields.take("administrator") ?? client.administrator
        client.lifetime = try fields.take("lifetime") ?? client.lifetime
        client.deactivated = try fields.take("deactivated") ?? client.deactivated
        try fields.finish()
        clients[id] = client
        return .json(known == nil ? 201 : 200, describe(client))
    }

    func listClients() -> SandboxReply {
        .json(200, ["clients": .array(clients.values.sorted { $0.id < $1.id }.map(describe))])
    }

    private func describe(_ client: SandboxClient) -> JSONValue {
        .object(of: [
            "id": .string(client.id), "tenant": .string(client.tenant),
            "entities": .array((client.entities ?? tenants[client.tenant]?.entities.values.sorted() ?? []).map(JSONValue.string)),
            "api_write": .bool(client.apiWrite), "administrator": .bool(client.administrator),
            "lifetime": .string(client.lifetime.unitText), "deactivated": .bool(client.deactivated),
        ])
    }

    /// `POST /_sandbox/tenants`: adds or replaces a tenant.
    mutating func setTenant(_ request: SandboxRequest) throws(ControlError) -> SandboxReply {
        var fields = try ControlFields(request)
        let name: String = try fields.require("name")
        var entities: [String: String] = [:]
        for member in fields.take("entities")?.object ?? [] {
            guard let id = member.value.string else { throw ControlError("entities must be an object of names and ids") }
            entities[member.name] = id
        }
        if entities.isEmpty { entities["main"] = random.uuid() }
        let tenant = SandboxTenant(
            name: name, number: try fields.take("number") ?? 20_000 + tenants.count, entities: entities,
            multiOrg: try fields.take("multi_org") ?? false, orgs: try fields.takeStrings("orgs") ?? [])
        try fields.finish()
        tenants[name] = tenant
        return .json(
            201,
            [
                "name": .string(name),
                "entities": .object(entities.sorted { $0.key < $1.key }.map { JSONValue.Member($0.key, .string($0.value)) }),
            ])
    }

    /// - Parameter reveal: whether to show the tokens themselves, so that a test can search for leaks.
    func listTokens(now: Instant, reveal: Bool) -> SandboxReply {
        let live = tokens.values.filter { $0.expires > now }.sorted { $0.expires < $1.expires }
        return .json(
            200,
            [
                "tokens": .array(
                    live.map { token in
                        .object(of: [
                            "token": .string(token.fingerprint), "text": reveal ? .string(token.text) : nil,
                            "tenant": .string(token.tenant),
                            "client": .string(token.client),
                            "entities": .array(token.entities.map(JSONValue.string)),
                            "expires_in": .string((token.expires - now).unitText),
                        ])
                    })
            ])
    }

    /// `POST /_sandbox/revoke`: tokens of a tenant, of a client, or all, are no longer valid.
    mutating func revoke(_ request: SandboxRequest) throws(ControlError) -> SandboxReply {
        var fields = try ControlFields(request)
        let tenant: String? = try fields.take("tenant")
        let client: String? = try fields.take("client")
        try fields.finish()
        let before = tokens.count
        tokens = tokens.filter { _, token in
            !((tenant == nil || token.tenant == tenant) && (client == nil || token.client == client))
        }
        return .json(200, ["revoked": .int(before - tokens.count)])
    }
}
