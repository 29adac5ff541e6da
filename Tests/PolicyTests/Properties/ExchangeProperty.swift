import Wire

@testable import Policy

/// Takes any bytes for what an upstream sends, to API calls and to token calls alike, and has a tenant's requests end with it: parsed,
/// judged, and taken in by everything that decides from it, as the gateway does, on a clock of its own. However wrong the responses are,
/// each request comes to one end within its deadline, nothing that the upstream said shuts the tenant out, and no wait is asked for that
/// has no end. Checked by the fuzzer, and by a test over its corpus.
///
/// The first five bytes choose the route, the settings, the limits and the clock. Then come the upstream's deliveries (`Deliveries`).
/// - Returns: what does not hold, or nil.
func exchangeProperty(_ input: [UInt8]) -> String? {
    guard input.count > 5 else { return nil }
    do throws(ExchangeComplaint) {
        var tenant = try SimulatedTenant(input)
        for _ in 0..<32 where !tenant.deliveries.isEmpty { try tenant.request() }
        return nil
    } catch {
        return error.text
    }
}

private struct SimulatedTenant {
    private static let kinds = [
        RouteSettings.Kind.aquaCancel, .dataQueryCancel, .plain, .plain, .download, .other, .aquaCancel, .plain,
    ]

    var deliveries: Deliveries
    private let kind: RouteSettings.Kind
    private let isIdempotent: Bool
    private let isReplayable: Bool
    private let isStrict: Bool
    private let stops: Bool
    private let entity: Int?
    private let timeout: Duration
    private let queueTimeout = Duration.seconds(10)
    private var retry = RetrySettings()
    private let hasOwnRate: Bool

    private var now: Instant
    private var wall: WallTime
    private var random: SplitMix64
    private var budget: RetryBudget
    private var rate: RateLimiter
    private var slots: SlotLimiter
    private var breaker: CircuitBreaker
    private var credential: CredentialMachine
    private var recent: RecentTrackIDs
    private var nextID: UInt64 = 1
    /// Slots that others hold.
    private var others: Int
    private var sawCancelled = false
    private var sawFinished = false

    init(_ input: [UInt8]) throws(ExchangeComplaint) {
        let (route, attempts, waits, clock, limits) = (input[0], input[1], input[2], input[3], input[4])
        deliveries = Deliveries(input[5...])
        kind = Self.kinds[Int(route) & 7]
        isIdempotent = route & 7 != 3
        isReplayable = route & 8 == 0
        isStrict = route & 16 != 0
        stops = route & 32 != 0
        entity = route & 64 == 0 ? nil : Int(route >> 7)
        retry.attempts = Int(attempts & 3) + 1
        retry.base = [.zero, .milliseconds(1), .seconds(1), .seconds(60)][Int(attempts >> 2) & 3]
        retry.cap = [.zero, .milliseconds(20), .seconds(60), .seconds(3600)][Int(attempts >> 4) & 3]
        retry.budget = [0, 0.2, 1, 0.5][Int(attempts >> 6)]
        retry.maxWait = [.zero, .seconds(1), .seconds(10), .seconds(3600)][Int(waits) & 3]
        timeout = [.milliseconds(10), .seconds(1), .seconds(130), .seconds(86_400)][Int(waits >> 2) & 3]
        now = Instant(nanoseconds: [0, 1_000_000_000_000, 86_400_000_000_000, .max - 3_000_000_000_000_000][Int(clock) & 3])
        wall =
            [
                WallTime(nanoseconds: 1_771_579_800_000_000_000), WallTime(nanoseconds: 0), .earliest, .latest,
            ][Int(clock >> 2) & 3]
        random = SplitMix64(seed: input.prefix(256).reduce(7) { ($0 &* 31) &+ UInt64($1) })
        budget = RetryBudget(share: retry.budget, now: now)
        hasOwnRate = limits & 4 != 0
        rate = RateLimiter(
            rate: hasOwnRate ? [0.5, 5, 1e9, 1e-9][Int(limits >> 3) & 3] : nil, burst: Int(limits >> 5) + 1, now: now)
        slots = SlotLimiter(
            AdmissionSettings(
                concurrency: 4, entityConcurrency: limits & 32 == 0 ? nil : 2, queue: 2, queueTimeout: queueTimeout))
        var settings = BreakerSettings()
        settings.minimum = 2
        breaker = CircuitBreaker(settings, now: now)
        let key = CredentialKey(tokenURL: "https://rest.zuora.example/oauth/token", clientID: "id", source: .literal("secret"))
        credential = CredentialMachine(key: key)
        recent = RecentTrackIDs(using: &random)
        others = Int(limits & 3)
        for _ in 0..<others {
            let id = takeID()
            if slots.acquire(id, entity: entity, now: now) != .admitted { _ = slots.cancel(id) }
        }
        others = slots.inFlight
        if let order = credential.secretRead(Secret(copying: "secret"), now) { try fetch(order) }
    }

    private mutating func takeID() -> UInt64 {
        nextID += 1
        return nextID
    }

    // MARK: A request

    /// From admission to its end.
    mutating func request() throws(ExchangeComplaint) {
        let deadline = Deadline(start: now, tenantTimeout: timeout, requested: nil)
        budget.recordRequest()
        sawCancelled = false
        sawFinished = false
        guard try takeTurn(deadline), try takeSlot(deadline, isRepeat: false) else { return }
        var holdsSlot = true
        let began = now
        try exchange(deadline, &holdsSlot)
        if holdsSlot { releaseSlot(held: now - began) }
        try hold(slots.inFlight == others, "a slot is lost")
    }

    private mutating func takeTurn(_ deadline: Deadline) throws(ExchangeComplaint) -> Bool {
        if !hasOwnRate {
            // What the upstream says of its quota delays the next request by a minute at most.
            var probe = rate
            if case .wait(let until) = probe.acquire(now: now, patience: .seconds(1 << 33)) {
                try hold(
                    until > now && until - now <= RateLimiter.tryInterval, "the quota shuts the tenant out for \(until - now)")
            }
        }
        let patience = min(queueTimeout, deadline.remaining(at: now))
        switch rate.acquire(now: now, patience: patience) {
        case .start: return true
        case .wait(let until):
            try hold(until > now && until - now <= patience, "a turn beyond the request's patience")
            pass(until - now)
            if stops { rate.giveBack() }
            return true
        case .refused(let refusal):
            try check(refusal)
            pass(refusal.retryAfter)
            return false
        }
    }

    private mutating func takeSlot(_ deadline: Deadline, isRepeat: Bool) throws(ExchangeComplaint) -> Bool {
        let id = takeID()
        switch slots.acquire(id, entity: entity, now: now, deadline: deadline.end, isRepeat: isRepeat) {
        case .admitted: return true
        case .refused(let refusal):
            try hold(slots.inFlight > 0 || deadline.hasPassed(at: now), "refused though nobody else is there")
            try check(refusal)
            pass(refusal.retryAfter)
            return false
        case .queued(let until):
            try hold(until > now && until <= deadline.end, "waits beyond its deadline")
            try hold(slots.inFlight > 0, "waits though nobody else is there")
            var granted: [UInt64] = []
            pass(min(UpstreamCeiling.validity, until - now))
            slots.advance(to: now, granted: &granted)
            while granted.isEmpty, others > 0 {
                others -= 1
                slots.release(entity: entity, held: now - Instant(nanoseconds: 0), now: now, granted: &granted)
            }
            try hold(granted == [id], "a slot is free, and it waits")
            return true
        }
    }

    private mutating func releaseSlot(held: Duration) {
        var granted: [UInt64] = []
        slots.release(entity: entity, held: held, now: now, granted: &granted)
    }

    private mutating func exchange(_ deadline: Deadline, _ holdsSlot: inout Bool) throws(ExchangeComplaint) {
        guard case .token(var token) = try token(credential.request(now, needs: deadline.remaining(at: now)), deadline) else {
            return
        }
        var machine = ExchangeMachine(
            policy: RetryPolicy(retry), deadline: deadline, kind: kind, isIdempotent: isIdempotent, isReplayable: isReplayable,
            outcomeStatus: isStrict ? .strict : .relay)
        machine.tokenGoodUntil = token.goodUntil
        var response: Received?
        var verification: Received?
        var event = ExchangeEvent.started
        for _ in 0..<40 {
            let action = machine.handle(event, now: now, budget: &budget, random: &random)
            switch action {
            case .send:
                try hold(!deadline.hasPassed(at: now), "sent after the deadline")
                try hold(now < token.goodUntil, "sent with a token that has expired")
                response = nil
                event = try attempt(&response, machine.isCancel, deadline)
            case .verify:
                try hold(!deadline.hasPassed(at: now), "looked after the deadline")
                try hold(now < token.goodUntil, "looked with a token that has expired")
                verification = nil
                event = try attempt(&verification, true, deadline)
            case .pause(let duration):
                try hold(duration > .zero && now + duration < deadline.end, "a pause beyond the deadline: \(duration)")
                let longest = max(retry.cap, retry.maxWait + retry.base)
                try hold(duration <= longest, "a pause of \(duration), and \(longest) is the longest")
                if holdsSlot { releaseSlot(held: .zero) }
                holdsSlot = false
                pass(duration)
                if stops {
                    event = .stopping
                } else {
                    guard try takeSlot(deadline, isRepeat: true) else { return }
                    holdsSlot = true
                    event = deadline.hasPassed(at: now) ? .deadlinePassed : .pauseEnded
                }
            case .refreshToken:
                let isExpired = now >= token.goodUntil
                let first =
                    isExpired
                    ? credential.request(now, needs: deadline.remaining(at: now)) : credential.rejected(token.version, now)
                switch try self.token(first, deadline, not: isExpired ? nil : token.version) {
                case .token(let fresh):
                    token = fresh
                    machine.tokenGoodUntil = token.goodUntil
                    event = .tokenReady
                case .stands: event = isExpired ? .tokenUnavailable(retryAfter: nil) : .tokenStands
                case .none(let retryAfter): event = .tokenUnavailable(retryAfter: retryAfter)
                }
            case .relay(let relayed):
                try hold((relayed.outcome != nil) == machine.isCancel, "an outcome on the wrong route")
                guard let answer = relayed.source == .verification ? verification : response else {
                    throw ExchangeComplaint(text: "relays what is not there")
                }
                try hold(relayed.outcome != .cancelled || sawCancelled, "says cancelled, and nobody said so")
                try hold(relayed.outcome != .alreadyFinished || sawFinished, "says finished, and nobody said so")
                try hold(relayed.status == nil || isStrict && 200...599 ~= relayed.status ?? 0, "an odd status")
                try relay(answer)
                return try checkEnd(&machine)
            case .fail(let problem):
                try hold((problem.outcome != nil) == machine.isCancel || !problem.mayHaveReached, "an outcome on the wrong route")
                try hold(problem.outcome != .cancelled || sawCancelled, "says cancelled, and nobody said so")
                try hold(200...599 ~= problem.status && !problem.detail.isEmpty, "an odd problem")
                if let retryAfter = problem.retryAfter { try hold(1...86_401 ~= RetryAfter.seconds(retryAfter), "an odd wait") }
                return try checkEnd(&machine)
            case .none: throw ExchangeComplaint(text: "nothing to do after \(event)")
            }
        }
        throw ExchangeComplaint(text: "the exchange does not end")
    }

    private mutating func checkEnd(_ machine: inout ExchangeMachine) throws(ExchangeComplaint) {
        // One more for an idle connection that was closed, and one for a fresh token.
        try hold(machine.sends <= retry.attempts + 2, "sent \(machine.sends) times")
        try hold(machine.verifications <= max(retry.attempts, 2) + 2, "looked \(machine.verifications) times")
        let action = machine.handle(.stopping, now: now, budget: &budget, random: &random)
        try hold(action == .none, "goes on after its end")
    }

    private mutating func pass(_ time: Duration) {
        now = now + time
        wall = WallTime(
            nanoseconds: wall.nanoseconds.addingReportingOverflow(time.nanoseconds).overflow
                ? .max : wall.nanoseconds + time.nanoseconds)
    }

    private func check(_ refusal: AdmissionRefusal) throws(ExchangeComplaint) {
        try hold(
            refusal.retryAfter > .zero && 1...3_600_000_000 ~= RetryAfter.seconds(refusal.retryAfter), "an odd wait: \(refusal)")
        try hold(
            refusal.reason != .quota || refusal.retryAfter <= RateLimiter.tryInterval,
            "the quota shuts the tenant out: \(refusal)")
        try hold(refusal.reason != .breakerOpen || refusal.retryAfter <= .seconds(75), "the breaker stays open: \(refusal)")
    }

    // MARK: Attempts

    private mutating func attempt(_ answer: inout Received?, _ isRead: Bool, _ deadline: Deadline) throws(ExchangeComplaint)
        -> ExchangeEvent
    {
        let permit: CircuitBreaker.Permit
        switch breaker.admit(now: now) {
        case .allowed(let given): permit = given
        case .refused(let refusal):
            try check(refusal)
            return .failed(AttemptFailure(.breakerOpen, requestSent: false))
        }
        let id = TrackID(using: &random)
        recent.add(id)
        let event = try deliver(&answer, isRead, id, deadline)
        let result: CircuitBreaker.Result =
            switch event {
            case .responded(let response): .init(status: response.status)
            case .failed(let failure): .init(failure: failure)
            default: .neutral
            }
        breaker.record(result, permit, now: now, random: &random)
        return event
    }

    private mutating func deliver(
        _ answer: inout Received?, _ isRead: Bool, _ id: TrackID, _ deadline: Deadline
    ) throws(ExchangeComplaint) -> ExchangeEvent {
        let (received, time) = try deliveries.next(wall)
        pass(time)
        if deadline.hasPassed(at: now) { return .failed(AttemptFailure(.totalTimeout, requestSent: true)) }
        var response: Received
        switch received {
        case .whole(let whole): response = whole
        case .broken(let failure): return .failed(failure)
        }
        if let range = response.facts.trackID, recent.owner(of: response.head.span.extracting(range), for: id) == .otherRequest {
            return .failed(AttemptFailure(.protocolError, requestSent: true, responseBegan: true))
        }
        try observe(response.facts.rateLimit)
        var judged = AttemptResponse(
            status: response.status, retryAfter: response.facts.retryAfter, quotaWait: response.facts.rateLimit.quotaWait)
        if isRead || response.status >= 400 {
            switch response.content {
            case .whole(let content): judged.verdict = try verdict(&response, content)
            case .broken(let failure): return .failed(failure)
            }
        }
        answer = response
        return .responded(judged)
    }

    private mutating func observe(_ fields: RateLimitFields) throws(ExchangeComplaint) {
        for number in [fields.limit, fields.remaining, fields.concurrencyLimit, fields.concurrencyRemaining] {
            try hold(0...1_000_000_000_000_000 ~= number ?? 0, "an odd number")
        }
        try hold(.zero...RetryAfter.longest ~= fields.reset ?? .zero, "an odd reset")
        guard !fields.isEmpty else { return }
        rate.observe(fields, now: now)
        var granted: [UInt64] = []
        slots.observe(fields, entity: entity, now: now, granted: &granted)
    }

    private mutating func verdict(_ response: inout Received, _ content: [UInt8]) throws(ExchangeComplaint) -> UpstreamVerdict {
        var body = content
        var isReadable = true
        if response.facts.coding == .gzip, !content.isEmpty {
            response.decoded = decode(content, limit: OutcomeReader.bodyLimit)
            isReadable = response.decoded != nil
            body = response.decoded ?? []
        }
        var verdict = OutcomeReader.read(
            status: response.status, contentType: response.head.span.extracting(response.facts.contentType ?? 0..<0),
            body: body.span.extracting(first: OutcomeReader.bodyLimit),
            isComplete: isReadable && body.count <= OutcomeReader.bodyLimit)
        if !isReadable { verdict.shape = .unreadable }
        try hold(verdict.code?.utf8.count ?? 0 <= 64 * 3 && verdict.message?.utf8.count ?? 0 <= 200 * 3, "a text without bounds")
        if let job = verdict.jobStatus, OutcomeReader.isSuccess(response.status), job == .cancelled { sawCancelled = true }
        if let job = verdict.jobStatus, !job.isRunning, job != .cancelled { sawFinished = true }
        return verdict
    }

    private func decode(_ content: [UInt8], limit: Int) -> [UInt8]? {
        guard let inflater = try? Inflater() else { return nil }
        return try? inflater.inflateWhole(content.span, maximumOutput: limit)
    }

    /// What the caller gets to see.
    private func relay(_ response: Received) throws(ExchangeComplaint) {
        var facts = ResponseCoding.Facts(status: response.status)
        facts.coding = response.facts.coding
        facts.contentLength = response.facts.contentLength
        facts.isCompressible = response.facts.isCompressible
        facts.noTransform = response.facts.noTransform
        facts.hasContentRange = response.facts.hasContentRange
        let plan = ResponseCoding.decide(facts, accept: AcceptEncoding(), mode: .always)
        try hold(plan.body != .inflate || response.facts.coding == .gzip, "decodes what is not encoded")
        var relayed = Set<Int>()
        ResponseHeaderPolicy.forEachRelayed(response.fields, response.head.span) { relayed.insert($0) }
        for (index, field) in response.fields.enumerated() where relayed.contains(index) {
            switch field.name {
            case .transferEncoding, .contentLength, .connection, .setCookie, .zuoraTrackId, .gatewayOutcome:
                throw ExchangeComplaint(text: "\(field.name) passed")
            default: break
            }
        }
    }

    // MARK: Tokens

    private enum TokenReplyEnd {
        case token(Token)
        /// No other one is to be had.
        case stands
        case none(retryAfter: Duration?)
    }

    private mutating func token(
        _ first: CredentialReaction, _ deadline: Deadline, not rejected: TokenVersion? = nil
    ) throws(ExchangeComplaint) -> TokenReplyEnd {
        var reaction = first
        for _ in 0..<40 {
            if let order = reaction.fetch { try fetch(order) }
            switch reaction.reply {
            case .serve(let token):
                if token.version == rejected { return .stands }
                try hold(reaction.fetch != nil || now < token.goodUntil, "a token that is dead")
                try hold(token.goodUntil - now <= TokenResponse.lifetimeLimit, "a token for ever")
                return .token(token)
            case .refuse(let failure, let retryAfter):
                try hold(.zero ... .seconds(3606) ~= retryAfter, "no token for \(retryAfter): \(failure)")
                try hold(!failure.text(host: "rest").isEmpty && !failure.name.isEmpty, "no words")
                try hold(!credential.status(now).text(host: "rest").isEmpty, "no words")
                if rejected == nil { pass(retryAfter) }
                return failure.cause == .rejected ? .stands : .none(retryAfter: retryAfter)
            case .wait: if reaction.fetch == nil { try waitForTimer() }
            }
            if deadline.hasPassed(at: now) { return .none(retryAfter: nil) }
            reaction = credential.request(now, needs: deadline.remaining(at: now))
        }
        throw ExchangeComplaint(text: "asks for a token without end")
    }

    /// Until the credential's timer fires, which it does while somebody waits.
    private mutating func waitForTimer() throws(ExchangeComplaint) {
        for order in credential.tick(now, using: &random) { try fetch(order) }
        guard let next = credential.nextTimer(after: now) else {
            throw ExchangeComplaint(text: "waits for a token that nobody fetches")
        }
        try hold(next > now, "a timer that has passed already")
        pass(next - now)
        for order in credential.tick(now, using: &random) { try fetch(order) }
    }

    private mutating func fetch(_ order: FetchOrder) throws(ExchangeComplaint) {
        let answer = try answer()
        switch answer {
        case .token(let grant):
            try hold(.seconds(1)...TokenResponse.lifetimeLimit ~= grant.lifetime && grant.secret.isBearerToken, "an odd token")
            credential.fetched(grant, order.ticket, now, using: &random)
        case .failure(let failure):
            try hold(failure.retryAfter ?? .zero >= .zero, "an odd wait")
            credential.failed(failure, order.ticket, now, using: &random)
        }
        if let next = credential.nextTimer(after: now) {
            try hold(next - now <= TokenResponse.lifetimeLimit, "a timer too far: \(next - now)")
        }
    }

    private mutating func answer() throws(ExchangeComplaint) -> TokenResponse {
        let (received, time) = try deliveries.next(wall)
        pass(min(time, .seconds(30)))
        guard case .whole(let response) = received, case .whole(var body) = response.content else {
            return .failure(TokenFailure(.unreachable(.incomplete)))
        }
        if response.facts.coding == .gzip, !body.isEmpty { body = decode(body, limit: TokenResponse.bodyLimit) ?? [] }
        return TokenResponse(
            status: response.status,
            contentType: response.facts.contentType.map { String(decoding: response.head[$0], as: UTF8.self) },
            retryAfter: response.facts.retryAfter, consuming: &body)
    }
}
