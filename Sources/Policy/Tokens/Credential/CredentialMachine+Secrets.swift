public import Wire

/// What becomes of the secret's source.
extension CredentialMachine {
    /// The source was read and holds a usable secret, new or not.
    /// - Returns: a fetch to start.
    public mutating func secretRead(_ secret: Secret, _ now: Instant) -> FetchOrder? {
        problem = nil
        if isStatic {
            adoptStaticToken(secret)
            return nil
        }
        if (successor ?? current)?.secret == secret { return nil }
        if successor != nil, current?.secret == secret {
            // Taken back before it was in use.
            successor = nil
            current?.machine.unretire()
            let ticket = current?.machine.prefetch(now)
            return current?.order(ticket)
        }
        return beginVersion(secret, now)
    }

    /// The source cannot be read, or holds no usable secret. What was read before stays in use.
    public mutating func secretUnusable(_ problem: SecretProblem) { self.problem = problem }

    /// The newest secret that was read.
    public var newestSecret: Secret? { staticToken?.secret ?? (successor ?? current)?.secret }

    /// Gets a token ready before anybody asks.
    /// - Returns: a fetch to start.
    public mutating func prefetch(_ now: Instant) -> FetchOrder? {
        guard successor == nil else { return nil }
        let ticket = current?.machine.prefetch(now)
        return current?.order(ticket)
    }

    private mutating func adoptStaticToken(_ secret: Secret) {
        guard staticToken?.secret != secret else { return }
        versionCount += 1
        staticToken = Token(
            secret: secret, version: TokenVersion(credential: versionCount, serial: 1), goodUntil: .distantFuture)
        isStaticTokenRejected = false
    }

    private mutating func beginVersion(_ secret: Secret, _ now: Instant) -> FetchOrder? {
        versionCount += 1
        let begin = nextSlot(now)
        versionSlot = begin
        var version = Version(
            secret: secret, machine: TokenMachine(credential: versionCount, timing: timing, notBefore: begin))
        let order = version.order(version.machine.prefetch(now))
        if current?.machine.usable(now) == nil {
            current = version
            successor = nil
        } else {
            current?.machine.retire()
            successor = version
        }
        return order
    }

    /// A version that never began leaves its time to the one that replaces it.
    private func nextSlot(_ now: Instant) -> Instant {
        guard let versionSlot else { return now }
        return versionSlot > now ? versionSlot : max(now, versionSlot + timing.versionSpacing)
    }
}
