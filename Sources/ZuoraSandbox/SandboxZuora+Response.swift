import Wire

extension SandboxZuora {
    /// Zuora's response.
    mutating func respond(to call: inout SandboxCall, inFlight: Int, tokenResponse: TokenResponse?) -> SandboxReply {
        let request = call.request
        if let refusal = refuseTrackID(request) { return refusal }
        let route = SandboxRoute(request.segments)
        if route == .token { return token(&call, form: tokenResponse ?? settings.tokenResponse) }
        if let refusal = refuseAccess(call) { return refusal }
        var quotaFields: [Field] = []
        if let tenant = call.tenant {
            let standing = quotas[tenant.name, default: RateQuota(now: call.now)].take(settings, now: call.now)
            quotaFields = RateQuota.fields(standing, settings)
            if let window = standing.exceeded {
                var reply = ZuoraError.quota(window: window, retryAfter: standing.reset, header: settings.quotaRetryAfter)
                reply.fields += quotaFields
                return reply
            }
        }
        if inFlight > settings.concurrencyLimit { return ZuoraError.concurrency() }
        guard let route else { return ZuoraError.spring(404, "Not Found", "No message available", path: request.path) }
        guard route.methods.contains(request.method) else {
            var reply = ZuoraError.spring(
                405, "Method Not Allowed", "Request method '\(request.method)' not supported", path: request.path)
            reply.fields.append(Field("Allow", route.methods.joined(separator: ", ")))
            return reply
        }
        if let refusal = refuseScope(&call) ?? refuseWrite(call) ?? refuseIdempotencyKey(request) { return refusal }
        var reply = request.method == "POST" ? serveOnce(route, &call) : serve(route, &call)
        if request.path.hasPrefix("/v1/batch-query"), reply.status == 200 { reply.fields += quotaFields }
        return reply
    }

    /// Responds to a POST whose `Idempotency-Key` was used before as to the first one.
    private mutating func serveOnce(_ route: SandboxRoute, _ call: inout SandboxCall) -> SandboxReply {
        guard let key = call.request.fields.first("Idempotency-Key") else { return serve(route, &call) }
        guard key.utf8.count <= Submission.longestKey else {
            return ZuoraError.code(400, 50_000_020, "The Idempotency-Key is longer than \(Submission.longestKey) characters.")
        }
        let name = "\(call.scope.tenant)/\(call.scope.entity)/\(key)"
        let request = fingerprint(Array("\(call.request.path)\n".utf8) + call.request.body)
        if let earlier = submissions[name], earlier.at + Submission.lifetime > call.now {
            guard earlier.requestFingerprint == request else {
                return ZuoraError.code(422, 50_000_020, "The Idempotency-Key was used with another request.")
            }
            call.did = "repeated a response"
            return earlier.reply
        }
        let reply = serve(route, &call)
        submissions[name] = Submission(requestFingerprint: request, reply: reply, at: call.now)
        return reply
    }

    private mutating func serve(_ route: SandboxRoute, _ call: inout SandboxCall) -> SandboxReply {
        switch (route, call.request.method) {
        case (.aquaSubmit, _): submit(&call)
        case (.aquaJob(let id), "DELETE"): cancelJob(id, &call)
        case (.aquaJob(let id), _): job(id, &call)
        case (.aquaLast(let partner, let project), _): lastJob(partner: partner, project: project, call)
        case (.file(let id), _): file(id, call)
        case (.fileStatus(let id), _): fileStatus(id, call)
        case (.dataQueries, "POST"): submitDataQuery(&call)
        case (.dataQueries, _): listDataQueries(call)
        case (.dataQuery(let id), "DELETE"): cancelDataQuery(id, &call)
        case (.dataQuery(let id), _): dataQuery(id, &call)
        case (.token, _): ZuoraError.code(500, 50_000_060, "Internal error.")
        }
    }
}

extension SandboxZuora {
    /// A request's JSON, or an error response for malformed JSON.
    static func json(_ request: SandboxRequest) -> Result<JSONValue, BodyRefusal> {
        guard let body = request.plainBody, let value = try? JSONValue(parsing: body, limits: .init(bytes: 16 << 20)) else {
            return .failure(BodyRefusal(reply: ZuoraError.code(400, 50_000_090, "Malformed JSON request body.")))
        }
        return .success(value)
    }
}

/// The response to a body that cannot be read.
struct BodyRefusal: Error {
    var reply: SandboxReply
}
