import Wire

extension SandboxZuora {
    /// Identifies the client of a call, without checking permissions.
    func recognise(_ call: inout SandboxCall) {
        let request = call.request
        if request.path == "/oauth/token" {
            guard let id = FormFields(request.body).first("client_id"), let client = clients[id] else { return }
            call.client = client
            call.tenant = tenants[client.tenant]
            return
        }
        let given = request.fields.all("Authorization")
        guard given.count == 1, let text = Self.bearer(given[0]), let token = tokens[text] else { return }
        call.token = token
        call.client = clients[token.client]
        call.tenant = tenants[token.tenant]
        call.entity = entity(of: call)
    }

    /// The token in an Authorization field (RFC 6750 section 2.1).
    static func bearer(_ value: String) -> String? {
        let halves = value.split(separator: " ", maxSplits: 1)
        guard halves.count == 2, halves[0].lowercased() == "bearer" else { return nil }
        return String(halves[1])
    }

    /// The entity of a call: the one that it names, or else the token's only one.
    private func entity(of call: SandboxCall) -> String? {
        guard let token = call.token, let tenant = call.tenant else { return nil }
        let named = Self.entityHeaders.flatMap { call.request.fields.all($0) }
        if let first = named.first {
            guard named.count == 1 else { return nil }
            guard let entity = tenant.entities[first] ?? tenant.entity(first, acceptsHex: settings.entityHex) else { return nil }
            return token.entities.contains(entity) ? entity : nil
        }
        return token.entities.count == 1 ? token.entities.first : nil
    }

    /// The current header and two former ones. `entityName` takes a name, the others an id.
    private static let entityHeaders = ["Zuora-Entity-Ids", "entityId", "entityName"]

    /// Refuses a call that carries no valid token.
    func refuseAccess(_ call: SandboxCall) -> SandboxReply? {
        let given = call.request.fields.all("Authorization")
        if given.isEmpty || Self.oldCredential(call.request) != nil { return unauthenticated(call) }
        guard given.count == 1, Self.bearer(given[0]) != nil else { return ZuoraError.message(400, "No bearer token") }
        guard let token = call.token, token.expires > call.now, let client = call.client, !client.deactivated else {
            return unauthenticated(call)
        }
        return nil
    }

    /// The field that has the credentials of a user or a session, if there is one.
    static func oldCredential(_ request: SandboxRequest) -> String? {
        for name in ["apiAccessKeyId", "apiSecretAccessKey"] where request.fields.first(name) != nil { return name }
        let cookies = request.fields.all("Cookie").flatMap { $0.split(separator: ";") }
        let names = cookies.compactMap { $0.split(separator: "=", omittingEmptySubsequences: false).first?.filter { $0 != " " } }
        return names.contains { $0.lowercased() == "zsession" } ? "Cookie" : nil
    }

    private func unauthenticated(_ call: SandboxCall) -> SandboxReply {
        let text = "this resource is protected, please sign in first"
        return switch settings.authRefusal {
        case .message: ZuoraError.message(401, "Authentication error")
        case .spring: ZuoraError.spring(401, "Unauthorized", "Full authentication is required.", path: call.request.path)
        case .reasons: ZuoraError.reasons(401, 90_000_011, text, processID: call.processID)
        case .reasons200: ZuoraError.reasons(200, 90_000_011, text, processID: call.processID)
        }
    }

    /// Refuses a call whose entity or orgs are not what the token and the tenant allow.
    func refuseScope(_ call: inout SandboxCall) -> SandboxReply? {
        guard let token = call.token, let tenant = call.tenant else { return nil }
        let fields = call.request.fields
        let named = Self.entityHeaders.flatMap { fields.all($0) }
        if token.entities.count > 1 {
            if named.isEmpty { return wrongEntity("An entity must be specified: the token is valid for more than one.") }
            if call.entity == nil { return wrongEntity("The entity is invalid or not accessible.") }
        } else if !named.isEmpty {
            if settings.singleEntityHeader == .reject {
                return wrongEntity("An entity must not be specified: the token is valid for one only.")
            }
            call.entity = token.entities.first
        }
        let orgs = fields.all("Zuora-Org-Ids")
        guard !orgs.isEmpty else { return nil }
        if tenant.multiOrg {
            let asked = orgs.joined(separator: ",").split(separator: ",", omittingEmptySubsequences: false)
                .map { $0.drop { $0 == " " } }
            if asked.contains(where: { !tenant.orgs.contains(String($0)) }) {
                return ZuoraError.code(400, 50_000_020, "Invalid Request")
            }
        } else if settings.strayOrgHeader == .reject {
            return ZuoraError.code(400, 50_000_020, "Invalid Request: Multi-Org is not enabled.")
        }
        return nil
    }

    private func wrongEntity(_ text: String) -> SandboxReply {
        ZuoraError.bareReasons(settings.entityRefusalStatus, 90_000_020, text)
    }

    /// Refuses to let a client without API Write Access post or delete.
    func refuseWrite(_ call: SandboxCall) -> SandboxReply? {
        guard call.request.method != "GET", let client = call.client, !client.apiWrite else { return nil }
        switch settings.writeRefusal {
        case .forbidden: return ZuoraError.code(403, 50_000_010, "The user has no permission for API write access.")
        case .errorCode: return ZuoraError.errorCode(90009, "The user is not authorized.")
        }
    }

    func refuseIdempotencyKey(_ request: SandboxRequest) -> SandboxReply? {
        guard request.method == "DELETE", request.fields.first("Idempotency-Key") != nil,
            settings.idempotencyKeyOnDelete == .reject
        else { return nil }
        return ZuoraError.code(400, 50_000_020, "Request method 'DELETE' not supported with Idempotency-Key header")
    }

    func refuseTrackID(_ request: SandboxRequest) -> SandboxReply? {
        guard settings.illegalTrackID == .reject, !Self.hasLegalTrackID(request) else { return nil }
        return ZuoraError.code(400, 50_000_020, "Zuora-Track-Id is not valid.")
    }

    /// At most one, of at most 64 printable US-ASCII characters without `: ; " '`.
    static func hasLegalTrackID(_ request: SandboxRequest) -> Bool {
        let given = request.fields.all("Zuora-Track-Id")
        guard given.count <= 1, let value = given.first else { return given.isEmpty }
        return value.utf8.count <= 64
            && value.utf8.allSatisfy { (0x20...0x7E).contains($0) && !Array(":;\"'".utf8).contains($0) }
    }

    /// The scope of concurrency limits: the tenant, or the entity if the tenant has several.
    func slot(_ call: SandboxCall) -> String {
        guard let tenant = call.tenant else { return "" }
        return tenant.entities.count > 1 ? "\(tenant.name)/\(call.entity ?? "")" : tenant.name
    }
}
