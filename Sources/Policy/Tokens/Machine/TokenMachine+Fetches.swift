public import Wire

/// How fetches end.
extension TokenMachine {
    /// The token endpoint granted a token. Nothing happens if the ticket is not that of the fetch in flight.
    /// - Returns: whether the token is in use now.
    @discardableResult
    public mutating func fetched(
        _ grant: TokenGrant, _ ticket: FetchTicket, _ now: Instant, using random: inout some RandomNumberGenerator
    ) -> Bool {
        guard let fetch, isCurrent(ticket) else { return false }
        let margin = min(timing.margin, grant.lifetime / 20)
        let goodUntil = fetch.begun + grant.lifetime - margin
        guard goodUntil > now else {
            failed(TokenFailure(.malformedAnswer(.expiredOnArrival)), ticket, now, using: &random)
            return false
        }
        if let held, held.isRejected, held.token.secret == grant.secret {
            failed(TokenFailure(.sameTokenAgain), ticket, now, using: &random)
            return false
        }
        tokenCount += 1
        let point = Double.random(in: timing.refreshWindow, using: &random)
        held = Held(
            token: Token(
                secret: grant.secret, version: TokenVersion(credential: credential, serial: tokenCount), goodUntil: goodUntil,
                scope: grant.scope),
            lifetime: grant.lifetime, begun: fetch.begun, refreshAt: fetch.begun + grant.lifetime * point)
        self.fetch = nil
        failure = nil
        failures = 0
        notBefore = now
        return true
    }

    /// No token was had. Nothing happens if the ticket is not that of the fetch in flight.
    public mutating func failed(
        _ failure: TokenFailure, _ ticket: FetchTicket, _ now: Instant, using random: inout some RandomNumberGenerator
    ) {
        guard isCurrent(ticket) else { return }
        fetch = nil
        failures += 1
        self.failure = failure
        notBefore = now + timing.delay(after: failure, count: failures, using: &random)
    }

    /// A newer secret has come: the token in hand may be used up, but no more are fetched.
    mutating func retire() { isRetired = true }

    /// The newer secret was withdrawn.
    mutating func unretire() { isRetired = false }

    private func isCurrent(_ ticket: FetchTicket) -> Bool {
        ticket.credential == credential && ticket.number == fetch?.number
    }
}

extension TokenTiming {
    /// How long to wait after the `count`th failure in a row.
    func delay(after failure: TokenFailure, count: Int, using random: inout some RandomNumberGenerator) -> Duration {
        let doublings = 1 << min(max(count - 1, 0), 16)
        let delay: Duration
        if failure.isRetryable {
            let ceiling = max(min(backoffCap, backoffBase * doublings), minimumDelay)
            delay = minimumDelay + (ceiling - minimumDelay) * Double.random(in: 0...1, using: &random)
        } else {
            delay = min(backoffCap, permanentBase * doublings) * Double.random(in: 0.5...1, using: &random)
        }
        guard let asked = failure.retryAfter.map({ min($0, retryAfterCap) }), asked > .zero else { return delay }
        // A little later than asked, and each gateway at its own time: all were told the same.
        return max(delay, asked + min(asked / 10, .seconds(5)) * Double.random(in: 0...1, using: &random))
    }
}
