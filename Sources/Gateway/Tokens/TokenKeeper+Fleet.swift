import Logging
import Network
import Policy
import Wire

/// Token calls that the members of a fleet share: one member calls, the others receive its token from the store. Without the store each
/// calls by itself, at times that keep the address's calls within Zuora's limit if the number of members is known.
extension TokenKeeper {
    /// - Parameter isAwaited: whether a request waits for the token.
    /// - Returns: false if the call has to be made without the fleet.
    func share(_ order: FetchOrder, _ entry: Entry, isAwaited: Bool) -> Bool {
        guard let fleet else { return false }
        let version = order.ticket.credential
        guard let share = entry.shares[version] ?? makeShare(order, entry, fleet) else { return false }
        // The versions before are not fetched anymore.
        entry.shares = entry.shares.filter { $0.key >= version - 1 }
        entry.shares[version] = share
        share.order = order
        if share.machine != nil {
            // The machine of the token gave up waiting, and asks again.
            if isAwaited { awaited(share, entry) }
            return true
        }
        let source = entry.source
        share.machine = SharedFetch(
            member: share.member, known: share.generation,
            rejected: source.inspect { $0.isForced(order.ticket) } && share.generation != nil,
            isAwaited: isAwaited || source.isAwaited)
        switch fleet.store.health.state {
        case .up: begin(share, entry)
        case .starting: share.isPending = true
        case .lost: end(.alone, share, entry)
        }
        return true
    }

    private func makeShare(_ order: FetchOrder, _ entry: Entry, _ fleet: Fleet) -> TokenShare? {
        let settings = entry.settings.token
        let key = entry.source.key
        let parameters = settings.parameters.flatMap { [$0.name, $0.value] } + ["entity", ""]
        guard
            let seal = fleet.keys.credential(
                secret: order.secret, url: settings.url, clientID: key.clientID ?? "", parameters: parameters)
        else { return nil }
        let share = TokenShare(seal, order, member: fleet.nextMember())
        share.timer = Timer(reactor.timers) { [weak self, weak share, weak entry] in
            guard let self, let share, let entry, share.machine != nil else { return }
            awaited(share, entry)
            perform(share.machine?.tick(.now()) ?? [], share, entry)
        }
        return share
    }

    private func begin(_ share: TokenShare, _ entry: Entry) {
        share.isPending = false
        perform(share.machine?.begin() ?? [], share, entry)
    }

    private func awaited(_ share: TokenShare, _ entry: Entry) {
        guard !share.isPending, entry.source.isAwaited else { return }
        perform(share.machine?.awaited(.now()) ?? [], share, entry)
    }

    /// The store may be used.
    func storeRegained() {
        forEachShare { share, entry in
            if share.isPending { begin(share, entry) }
        }
    }

    /// The store is unusable.
    func storeLost() {
        forEachShare { share, entry in
            if share.isPending {
                share.isPending = false
                end(.alone, share, entry)
            } else {
                perform(share.machine?.storeLost() ?? [], share, entry)
            }
        }
    }

    private func forEachShare(_ body: (TokenShare, Entry) -> Void) {
        for entry in Array(entries.values) + Array(retired.values) {
            for share in Array(entry.shares.values) { body(share, entry) }
        }
    }

    // MARK: Actions

    private func perform(_ actions: [SharedFetch.Action], _ share: TokenShare, _ entry: Entry) {
        guard let fleet else { return }
        for action in actions {
            switch action {
            case .ask(let question):
                fleet.store.run(question.call(share.seal.name)) { [weak self] value, asked in
                    guard let self else { return }
                    guard let reply = TokenQuestion.Reply(value) else { return fleet.store.malformed() }
                    advance(share, entry) { $0.replied(reply, asked: asked, .now(), using: &$1) }
                }
            case .takeTurn(let isAwaited):
                fleet.store.run(TokenTurn.call(fleet.egress, isAwaited: isAwaited)) { [weak self] value, asked in
                    guard let self else { return }
                    guard let turn = TokenTurn(value) else { return fleet.store.malformed() }
                    advance(share, entry) { $0.turn(turn, asked: asked, .now(), using: &$1) }
                }
            case .call: makeCall(share, entry)
            case .publish(let facts): publish(facts, share, fleet)
            case .fail(let fence, let delay, let kind):
                fleet.store.run(TokenRecordFacts.failure(share.seal.name, fence: fence, delay: delay, kind: kind)) { _, _ in }
            case .end(let end): self.end(end, share, entry)
            }
        }
        if let next = share.machine?.nextTimer { share.timer?.schedule(at: next) } else { share.timer?.cancel() }
    }

    private func advance(
        _ share: TokenShare, _ entry: Entry, _ step: (inout SharedFetch, inout SplitMix64) -> [SharedFetch.Action]
    ) {
        guard var machine = share.machine else { return }
        let actions = step(&machine, &random)
        share.machine = machine
        perform(actions, share, entry)
    }

    private func makeCall(_ share: TokenShare, _ entry: Entry) {
        reactor.spawn { [self] in
            let begun = Instant.now()
            let response = await call(share.order, entry)
            let order = share.order
            finish(response, order, entry)
            let result: SharedFetch.Call
            switch response {
            case .token(let grant):
                share.grant = grant
                // Other members look for a successor from then on.
                result = .token(
                    goodUntil: begun + grant.lifetime, refreshAt: begun + grant.lifetime * PoliteTiming.earliestRefresh)
            case .failure(let failure):
                let now = Instant.now()
                // Other members may still reach the endpoint.
                let delay = failure.hasResponse ? entry.source.inspect { $0.backOff(order.ticket, now) } : .zero
                result = .failure(kind: failure.name, delay: delay)
            }
            advance(share, entry) { machine, _ in machine.called(result, .now()) }
        }
    }

    private func publish(_ facts: TokenRecordFacts, _ share: TokenShare, _ fleet: Fleet) {
        guard let grant = share.grant else { return }
        share.grant = nil
        share.generation = facts.generation
        var random = SystemRandomNumberGenerator()
        guard let sealed = share.seal.seal(grant.secret, scope: grant.scope.text, facts, using: &random) else { return }
        fleet.store.run(facts.publication(share.seal.name, sealed: sealed)) { _, _ in }
    }

    private func end(_ end: SharedFetch.End, _ share: TokenShare, _ entry: Entry) {
        share.machine = nil
        share.grant = nil
        share.timer?.cancel()
        switch end {
        case .fetched:
            fleet?.fetched += 1
            share.aloneAt = nil
        case .failed: break
        case .received(let sealed, let facts, let reading): receive(sealed, facts, reading, share, entry)
        case .held(let until, let kind):
            let now = Instant.now()
            fail(TokenFailure(shared: kind, retryAfter: max(until - now, .zero)), share, entry, now)
        case .alone: alone(share, entry)
        }
    }

    private func receive(
        _ sealed: [UInt8], _ facts: TokenRecordFacts, _ reading: StoreReading, _ share: TokenShare, _ entry: Entry
    ) {
        guard let (secret, scope) = share.seal.open(sealed, facts) else {
            fleet?.refused += 1
            log.warning("fleet record refused", metadata: entry.metadata.merging(["host": "\(entry.source.host)"]) { $1 })
            return alone(share, entry)
        }
        share.aloneAt = nil
        let now = Instant.now()
        let grant = TokenGrant(
            secret: secret, lifetime: max(reading.earliest(facts.expiry) - now, .zero), scope: TokenScope(scope))
        let refreshAt = PoliteTiming().ahead(facts, reading, using: &random)
        let ticket = share.order.ticket
        entry.source.noteGrant(lifetime: grant.lifetime, scope: grant.scope)
        let isInUse = entry.source.update { $0.received(grant, refreshAt: refreshAt, ticket, now, using: &random) }
        share.generation = facts.generation
        fleet?.received += 1
        log.info(
            "token received",
            metadata: entry.metadata.merging([
                "host": "\(entry.source.host)", "lifetime": .number(Int(grant.lifetime.seconds)), "in_use": .flag(isInUse),
                "secret": "\(share.order.secret.fingerprint)",
            ]) { $1 })
        arm(entry)
    }

    private func fail(_ failure: TokenFailure, _ share: TokenShare, _ entry: Entry, _ now: Instant) {
        let ticket = share.order.ticket
        let rereads = entry.source.update { $0.failed(failure, ticket, now, using: &random) }
        if rereads { readSecret(entry) }
        arm(entry)
    }

    // MARK: Without the store

    private func callAlone(_ share: TokenShare, _ entry: Entry) {
        fleet?.local += 1
        share.aloneAt = nil
        // The store's token is not the one that is held from now on.
        share.generation = nil
        startAlone(share.order, entry)
    }

    private func alone(_ share: TokenShare, _ entry: Entry) {
        guard let fleet else { return }
        let now = Instant.now()
        let ticket = share.order.ticket
        if let at = share.aloneAt, now >= at { return callAlone(share, entry) }
        let timing = PoliteTiming(members: fleet.settings.members ?? 1, credentials: entries.count)
        if let span = entry.source.inspect({ $0.span(ticket, now) }) {
            // The token lasts: each member replaces it at another time.
            let at = share.aloneAt ?? timing.aloneRefresh(begun: span.begun, goodUntil: span.goodUntil, now: now, using: &random)
            share.aloneAt = at
            entry.source.update { $0.postpone(ticket, to: at) }
            return arm(entry)
        }
        let at = share.aloneAt ?? timing.alone(now, using: &random)
        guard at > now else { return callAlone(share, entry) }
        share.aloneAt = at
        fail(TokenFailure(.rateLimited, retryAfter: at - now), share, entry, now)
    }
}
