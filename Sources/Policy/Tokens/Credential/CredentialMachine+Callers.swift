public import Wire

/// What callers ask; see `TokenMachine.request` and `TokenMachine.rejected`.
extension CredentialMachine {
    /// A caller wants a token.
    public mutating func request(_ now: Instant, needs: Duration = .zero, waiting: Int = 0) -> CredentialReaction {
        if let staticToken { return CredentialReaction(.serve(staticToken)) }
        if successor != nil {
            if let token = current?.machine.usable(now) {
                successor?.machine.noteUse(now)
                return CredentialReaction(.serve(token))
            }
            promote()
        }
        guard let reaction = current?.machine.request(now, needs: needs, waiting: waiting) else {
            let failure = TokenFailure(.noSecret(problem ?? .notRead))
            return CredentialReaction(.refuse(failure, retryAfter: .seconds(5)), rereadsSecret: wantsReread(now))
        }
        return CredentialReaction(reaction.reply, fetch: current?.order(reaction.fetch))
    }

    /// The API answered 401 to a call that bore this token, in a way that blames the token.
    ///
    /// For a static token there is no other: the refusal means that the caller should be told what the API said.
    public mutating func rejected(_ version: TokenVersion, _ now: Instant, waiting: Int = 0) -> CredentialReaction {
        if let staticToken {
            guard staticToken.version == version else { return CredentialReaction(.serve(staticToken)) }
            isStaticTokenRejected = true
            return CredentialReaction(
                .refuse(TokenFailure(.rejected), retryAfter: .seconds(5)), rereadsSecret: wantsReread(now))
        }
        guard current?.machine.usable(now)?.version == version else { return request(now, waiting: waiting) }
        if successor != nil {
            // The old version's token died before the new version had one. There will be no other with the old secret.
            promote()
            return request(now, waiting: waiting)
        }
        guard let reaction = current?.machine.rejected(version, now, waiting: waiting) else {
            return request(now, waiting: waiting)
        }
        return CredentialReaction(reaction.reply, fetch: current?.order(reaction.fetch))
    }
}
