public import Wire

/// An emulation of Zuora: tokens, aggregate queries, data queries and their files, as a value that maps requests to replies.
///
/// It does no I/O. The time of a call is passed in, and random values derive from the seed, so that a run is
/// reproducible. `SandboxServer` serves it over sockets.
public struct SandboxZuora: Sendable {
    public var settings = SandboxSettings()
    /// The effects of calls; `GET /_sandbox/book` returns it.
    var book = SandboxBook()
    var tenants: [String: SandboxTenant] = [:]
    var clients: [String: SandboxClient] = [:]
    var tokens: [String: AccessToken] = [:]
    var aqua = AquaJobs()
    var submissions: [String: Submission] = [:]
    var dataQueries = DataQueryJobs()
    var faults = FaultRules()
    var quotas: [String: RateQuota] = [:]
    var peerTokenCalls: [String: RateWindow] = [:]
    var tenantTokenCalls: [String: RateWindow] = [:]
    var inFlight = InFlight()
    /// Those to `/v1` only, which have a limit.
    var limitedInFlight = InFlight()
    var random: SplitMix64
    /// How far its clock has been moved forward.
    var skew: Duration = .zero
    let origin: Instant
    let originTime: WallTime
    var calls = 0

    /// - Parameters:
    ///   - origin: the start time; times in the book are relative to it.
    ///   - originTime: the calendar time of `origin`.
    public init(
        seed: UInt64, origin: Instant, originTime: WallTime,
        tenants: [SandboxTenant] = [.acme, .globex], clients: [SandboxClient] = [.acme, .globex, .readOnly]
    ) {
        self.origin = origin + Self.headroom
        self.originTime = originTime
        random = SplitMix64(seed: seed)
        for tenant in tenants { self.tenants[tenant.name] = tenant }
        for client in clients { self.clients[client.id] = client }
    }

    /// Handles a request whose reply is delivered at once and completely. Servers use `begin` and `finish`.
    public mutating func handle(_ request: SandboxRequest, now: Instant) -> SandboxReply {
        let reply = begin(request, now: now)
        if let call = reply.call { finish(call, whole: true, now: now) }
        return reply
    }

    /// Handles a request. It counts as in flight until `finish` is called with the reply's `call`.
    public mutating func begin(_ request: SandboxRequest, now: Instant) -> SandboxReply {
        if request.path == "/_sandbox" || request.path.hasPrefix("/_sandbox/") { return control(request, now: time(now)) }
        calls += 1
        var call = SandboxCall(request: request, now: time(now), number: calls, requestID: random.uuid())
        recognise(&call)
        let strike = strike(call)
        let effect = strike?.effect ?? FaultEffect()
        let count = countInFlight(call)

        var reply: SandboxReply
        if effect.acts {
            reply = respond(to: &call, inFlight: count, tokenResponse: effect.tokenResponse)
            if let response = effect.response { reply = replacement(response, call) }
        } else {
            reply = effect.response.map { replacement($0, call) } ?? SandboxReply(status: 0)
        }
        finishHead(&reply, call: call, inFlight: count)
        reply.fields += effect.fields
        encode(&reply, for: request, damage: effect.gzip)
        reply.delivery.framing = settings.framing
        effect.apply(to: &reply.delivery, bodyCount: reply.body.count)
        reply.call = call.number
        record(call, reply: reply, strike: strike)
        return reply
    }

    /// - Returns: how many calls are in flight that the limit applies to; 0 for one that it does not apply to.
    private mutating func countInFlight(_ call: SandboxCall) -> Int {
        guard call.tenant != nil, call.request.path != "/oauth/token" else { return 0 }
        let slot = slot(call)
        _ = inFlight.begin(call: call.number, slot: slot)
        return call.isLimited ? limitedInFlight.begin(call: call.number, slot: slot) : 0
    }

    /// Records that a call's response has been delivered, or that its delivery failed.
    public mutating func finish(_ call: Int, whole: Bool, now: Instant) {
        inFlight.finish(call: call)
        limitedInFlight.finish(call: call)
        let at = time(now) - origin
        book.update(call) { $0.finished = (at, whole) }
    }

    /// How far its time is ahead of the machine's uptime, which may have begun just now: jobs can be given an age.
    private static let headroom: Duration = .seconds(366 * 86_400)

    /// The sandbox's time.
    func time(_ now: Instant) -> Instant { now + Self.headroom + skew }

    /// Calendar time at an instant of the sandbox's time.
    func wall(_ instant: Instant) -> WallTime {
        WallTime(nanoseconds: originTime.nanoseconds &+ (instant - origin).nanoseconds)
    }

    private func replacement(_ response: FaultResponse, _ call: SandboxCall) -> SandboxReply {
        response.reply(path: call.request.path, processID: call.processID, date: wall(call.now + .seconds(2)).httpDate)
    }

    /// The fault that applies to a call: by the rules first, then by its id.
    private mutating func strike(_ call: SandboxCall) -> FaultRules.Strike? {
        let request = call.request
        let ruled = faults.strike(
            method: request.method, path: request.path, tenant: call.tenant?.name, entity: call.entity, client: call.client?.id,
            random: &random)
        if let ruled { return ruled }
        guard let place = SandboxRoute(request.segments)?.place else { return nil }
        return faults.strike(id: place.id, method: request.method, isFile: place.isFile, scope: call.scope)
    }

    private mutating func record(_ call: SandboxCall, reply: SandboxReply, strike: FaultRules.Strike?) {
        let request = call.request
        observeJobs(call)
        guard settings.bookLimit > 0 else { return }
        var record = CallRecord(
            number: call.number, at: call.now - origin, method: request.method, path: request.path, query: request.query,
            peer: request.peer, fields: CallRecord.hiding(request.fields), bodyBytes: request.body.count,
            bodyFingerprint: fingerprint(request.body).hex, requestID: call.requestID)
        record.tenant = call.tenant?.name
        record.entity = call.entity
        record.client = call.client?.id
        record.token = call.token?.fingerprint
        record.fault = strike?.name
        record.acted = strike?.effect.acts ?? true
        record.did = call.did
        record.status = reply.status
        record.ending = reply.delivery.ending == .complete ? nil : "\(reply.delivery.ending)"
        book.add(record, limit: settings.bookLimit)
    }
}

extension SplitMix64 {
    /// This many hexadecimal digits.
    mutating func hex(_ count: Int) -> String {
        var text = ""
        while text.utf8.count < count { text += next().hex }
        return String(text.prefix(count))
    }

    /// A random UUID in its 36-character form.
    mutating func uuid() -> String {
        let hex = Array(hex(32))
        let parts = [hex[0..<8], hex[8..<12], "4" + hex[13..<16], "a" + hex[17..<20], hex[20..<32]]
        return parts.map { String($0) }.joined(separator: "-")
    }
}

extension UInt64 {
    /// Sixteen hexadecimal digits.
    var hex: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
