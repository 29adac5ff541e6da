public import Wire

/// What callers ask.
extension TokenMachine {
    /// A caller wants a token.
    /// - Parameters:
    ///   - needs: how long the call may take. It is a wish: a token that will end sooner is still served, as the API looks at it when
    ///     the call arrives, but once half of its life is over such a call brings its refresh forward.
    ///   - waiting: how many callers wait already.
    public mutating func request(_ now: Instant, needs: Duration = .zero, waiting: Int = 0) -> TokenReaction {
        lastUse = now
        if let token = usable(now) {
            return TokenReaction(.serve(token), fetch: isRefreshDue(now, needs: needs) ? begin(now) : nil)
        }
        if fetch == nil {
            if isRetired { return TokenReaction(.refuse(failure ?? TokenFailure(.rejected), retryAfter: timing.backoffBase)) }
            if now >= notBefore { return TokenReaction(.wait, fetch: begin(now)) }
            if let failure {
                let delay = max(notBefore - now, .zero)
                // What passes by itself is waited for, by callers who have the time.
                guard failure.isRetryable, delay < needs, delay <= timing.patience else {
                    return TokenReaction(.refuse(failure, retryAfter: delay))
                }
            }
            // The timer begins the next fetch.
            isAwaited = true
        }
        guard waiting < timing.waitLimit else {
            return TokenReaction(.refuse(TokenFailure(.tooManyWaiting), retryAfter: timing.backoffBase))
        }
        return TokenReaction(.wait)
    }

    /// The API answered 401 to a call that bore this token, in a way that blames the token.
    ///
    /// Of many rejections of one token the first forces a fetch and all wait for it; a token that has been replaced since is
    /// answered with its successor. If fresh tokens keep being rejected the fault lies elsewhere: then most rejections are refused
    /// with cause `rejected`, the caller should be told what the API said, and the token stays in use until the next fetch is allowed.
    public mutating func rejected(_ version: TokenVersion, _ now: Instant, waiting: Int = 0) -> TokenReaction {
        guard var held, held.token.version == version, !held.isRejected, now < held.token.goodUntil else {
            return request(now, waiting: waiting)
        }
        lastUse = now
        if now - held.begun >= timing.settled { rejections = 0 }
        if fetch == nil, let lastForced, now < lastForced + holdOff {
            return TokenReaction(.refuse(TokenFailure(.rejected), retryAfter: lastForced + holdOff - now))
        }
        rejections += 1
        lastForced = now
        held.isRejected = true
        self.held = held
        return request(now, waiting: waiting)
    }

    /// A caller was served by another version, in this one's place.
    mutating func noteUse(_ now: Instant) { lastUse = now }

    /// How long after the last forced fetch the next may follow.
    private var holdOff: Duration {
        guard rejections > 0 else { return .zero }
        return min(timing.holdOffCap, timing.holdOffBase * (1 << min(rejections - 1, 16)))
    }

    private func isRefreshDue(_ now: Instant, needs: Duration) -> Bool {
        guard let held, fetch == nil, !isRetired, now >= notBefore else { return false }
        if now >= held.refreshAt { return true }
        return held.token.goodUntil - now < needs && now - held.begun >= held.lifetime / 2
    }

    mutating func begin(_ now: Instant) -> FetchTicket {
        fetchCount += 1
        fetch = Fetch(number: fetchCount, begun: now)
        isAwaited = false
        return FetchTicket(credential: credential, number: fetchCount)
    }
}
