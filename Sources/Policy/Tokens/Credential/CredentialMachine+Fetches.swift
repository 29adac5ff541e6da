public import Wire

/// How fetches end, and what happens by itself; see the same of `TokenMachine`. Whoever waits should ask again after each of them.
extension CredentialMachine {
    /// The token endpoint granted a token.
    /// - Returns: whether it is in use now; not, if the ticket is stale or the token came too late.
    @discardableResult
    public mutating func fetched(
        _ grant: TokenGrant, _ ticket: FetchTicket, _ now: Instant, using random: inout some RandomNumberGenerator
    ) -> Bool {
        if successor?.machine.credential == ticket.credential {
            guard successor?.machine.fetched(grant, ticket, now, using: &random) == true else { return false }
            promote()
            return true
        }
        return current?.machine.fetched(grant, ticket, now, using: &random) ?? false
    }

    /// No token was had.
    /// - Returns: whether the secret's source should be read again now.
    @discardableResult
    public mutating func failed(
        _ failure: TokenFailure, _ ticket: FetchTicket, _ now: Instant, using random: inout some RandomNumberGenerator
    ) -> Bool {
        successor?.machine.failed(failure, ticket, now, using: &random)
        current?.machine.failed(failure, ticket, now, using: &random)
        return failure.blamesSecret && ticket.credential == versionCount && wantsReread(now)
    }

    /// Time has passed.
    /// - Returns: fetches to start, one a version at most.
    public mutating func tick(_ now: Instant, using random: inout some RandomNumberGenerator) -> [FetchOrder] {
        var orders: [FetchOrder] = []
        if let order = current?.order(current?.machine.tick(now, using: &random)) { orders.append(order) }
        if let order = successor?.order(successor?.machine.tick(now, using: &random)) { orders.append(order) }
        if current?.machine.usable(now) == nil { promote() }
        return orders
    }

    /// When `tick` should be called next, at the latest.
    public func nextTimer(after now: Instant) -> Instant? {
        let times = [current?.machine.nextTimer(after: now), successor?.machine.nextTimer(after: now)].compactMap { $0 }
        return times.min()
    }
}
