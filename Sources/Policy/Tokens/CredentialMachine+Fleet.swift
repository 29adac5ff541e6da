public import Wire

/// Fetches that members of a fleet share; see `SharedFetch`.
extension CredentialMachine {
    /// Another member fetched the token; see `TokenMachine.received`.
    /// - Returns: whether it is in use now.
    public mutating func received(
        _ grant: TokenGrant, refreshAt: Instant, _ ticket: FetchTicket, _ now: Instant,
        using random: inout some RandomNumberGenerator
    ) -> Bool {
        if successor?.machine.credential == ticket.credential {
            guard successor?.machine.received(grant, refreshAt: refreshAt, ticket, now, using: &random) == true else {
                return false
            }
            promote()
            return true
        }
        return current?.machine.received(grant, refreshAt: refreshAt, ticket, now, using: &random) ?? false
    }

    /// The refresh of a token that still lasts waits until `due`.
    public mutating func postpone(_ ticket: FetchTicket, to due: Instant) {
        current?.machine.postpone(ticket, to: due)
        successor?.machine.postpone(ticket, to: due)
    }

    /// Whether the fetch replaces a token that the API has rejected.
    public func isForced(_ ticket: FetchTicket) -> Bool { machine(of: ticket)?.held?.isRejected ?? false }

    /// The life of the token that the fetch replaces; nil if it is not usable.
    public func span(_ ticket: FetchTicket, _ now: Instant) -> (begun: Instant, goodUntil: Instant)? {
        guard let machine = machine(of: ticket), let token = machine.usable(now), let held = machine.held else { return nil }
        return (held.begun, token.goodUntil)
    }

    /// How long no fetch may begin after one that failed.
    public func backOff(_ ticket: FetchTicket, _ now: Instant) -> Duration {
        machine(of: ticket).map { max($0.notBefore - now, .zero) } ?? .zero
    }

    private func machine(of ticket: FetchTicket) -> TokenMachine? {
        [current?.machine, successor?.machine].compactMap { $0 }.first { $0.credential == ticket.credential }
    }
}

extension TokenFailure {
    /// Another member's failure, by its name; details are not shared.
    public init(shared name: String, retryAfter: Duration) {
        let causes: [Cause] = [
            .unknownClient, .wrongSecret, .userDeactivated, .blocked, .rateLimited, .refused, .redirected, .timedOut, .rejected,
        ]
        self.init(causes.first { TokenFailure($0).name == name } ?? .unavailable, retryAfter: retryAfter)
    }
}
