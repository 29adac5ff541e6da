public import Wire

/// What happens by itself.
extension TokenMachine {
    /// Gets a token ready before anybody asks: at start, and when the secret has changed.
    public mutating func prefetch(_ now: Instant) -> FetchTicket? {
        lastUse = now
        guard usable(now) == nil, fetch == nil, !isRetired else { return nil }
        guard now >= notBefore else {
            isAwaited = true
            return nil
        }
        return begin(now)
    }

    /// Time has passed. May come at any time, and late.
    /// - Returns: a fetch to start.
    public mutating func tick(_ now: Instant, using random: inout some RandomNumberGenerator) -> FetchTicket? {
        if let fetch, now >= fetch.begun + timing.fetchLimit {
            let ticket = FetchTicket(credential: credential, number: fetch.number)
            failed(TokenFailure(.timedOut), ticket, now, using: &random)
        }
        // Dropped, and with it its bytes, as soon as it is dead.
        if let held, now >= held.token.goodUntil { self.held = nil }
        guard let due = backgroundFetch, now >= due, isWanted(now) else { return nil }
        return begin(now)
    }

    /// When `tick` should be called next, at the latest; nil: not before another event. Right after `tick(now)` it is
    /// later than `now`.
    public func nextTimer(after now: Instant) -> Instant? {
        var next = fetch.map { $0.begun + timing.fetchLimit }
        if let held { next = min(next ?? .distantFuture, held.token.goodUntil) }
        if let due = backgroundFetch, due > now || isWanted(now) { next = min(next ?? .distantFuture, due) }
        return next
    }

    /// When a fetch is due without a caller, provided that somebody is still interested.
    private var backgroundFetch: Instant? {
        guard fetch == nil, !isRetired else { return nil }
        if let held { return held.isRejected ? notBefore : max(notBefore, held.refreshAt) }
        // A token that lapsed for want of interest is fetched on demand.
        return failure != nil || isAwaited ? notBefore : nil
    }

    private func isWanted(_ now: Instant) -> Bool {
        guard let lastUse else { return false }
        return now - lastUse <= (held?.lifetime ?? timing.interest)
    }
}
