import Wire

/// Verification of the job.
extension ExchangeMachine {
    /// The maximum number of verifications per exchange.
    var verificationLimit: Int { max(policy.settings.attempts, 2) }

    mutating func startVerification(after pause: Duration, _ now: Instant) -> ExchangeAction {
        guard verifications < verificationLimit else { return unverifiable() }
        guard policy.fits(pause, situation(now)) else { return unverifiable() }
        return self.pause(pause, then: .verify(freshConnection: lastResponse == nil), now)
    }

    mutating func verificationResponded(
        _ response: AttemptResponse, _ now: Instant, _ budget: inout RetryBudget, _ random: inout some RandomNumberGenerator
    ) -> ExchangeAction {
        let finding = response.verdict.map { JobFinding(status: response.status, verdict: $0) } ?? .nothing
        switch finding {
        case .cancelled:
            return foundCancelled(response)
        case .finished(let job):
            return lastResponse?.isRelayable == true ? relayAttempt(.alreadyFinished) : end(.fail(.jobFinished(job)))
        case .running(let job):
            return foundRunning(job, now, &budget, &random)
        case .unknownJob:
            if let lastResponse, lastResponse.isRefusal, lastResponse.isRelayable { return relayAttempt(.unknownJob) }
            if lastResponse?.isAcceptance == true { return relayAttempt(.unknown) }
            return relayVerification(response, .unknownJob)
        case .hidden:
            return unverifiable()
        case .tokenRejected:
            return tokenWasReplaced ? unverifiable() : refreshToken(then: .verify(freshConnection: false))
        case .nothing:
            return lookAgain(notBefore: response.requestedWait, freshConnection: false, now, &budget, &random)
        }
    }

    mutating func verificationFailed(
        _ failure: AttemptFailure, _ now: Instant, _ budget: inout RetryBudget, _ random: inout some RandomNumberGenerator
    ) -> ExchangeAction {
        if failure.isIdleConnectionRace, !raceWasRepeated {
            raceWasRepeated = true
            return perform(.verify(freshConnection: true), now)
        }
        if failure.cause.isPermanent || failure.cause == .totalTimeout { return unverifiable() }
        return lookAgain(notBefore: nil, freshConnection: true, now, &budget, &random)
    }

    private mutating func foundCancelled(_ response: AttemptResponse) -> ExchangeAction {
        // A response that accepted the cancel may say that the job is still running.
        if lastResponse?.isAcceptance == true, lastResponse?.isRelayable == true, !isStrict { return relayAttempt(.cancelled) }
        if mayHaveWorked || lastResponse == nil { return relayVerification(response, .cancelled) }
        // Zuora's refusal is relayed, unless the status states that the job is cancelled: the body must not contradict it.
        return isStrict || lastResponse?.isRelayable != true
            ? relayVerification(response, .alreadyCancelled) : relayAttempt(.alreadyCancelled)
    }

    private mutating func foundRunning(
        _ job: JobStatus, _ now: Instant, _ budget: inout RetryBudget, _ random: inout some RandomNumberGenerator
    ) -> ExchangeAction {
        if lastResponse?.isRefusal == true { return relayAttempt(.rejected) }
        // Accepted, but not done yet.
        if lastResponse?.isAcceptance == true { return lookAgain(notBefore: nil, freshConnection: false, now, &budget, &random) }
        let decision = policy.retry(
            notBefore: nil, freshConnection: lastResponse == nil, situation(now), &budget, now, &random)
        if case .retry(let pause, let freshConnection) = decision {
            attempts += 1
            return self.pause(pause, then: .send(freshConnection: freshConnection), now)
        }
        return lastResponse == nil ? end(.fail(.notConfirmed(job))) : relayAttempt(.unknown)
    }

    private mutating func lookAgain(
        notBefore: Duration?, freshConnection: Bool, _ now: Instant, _ budget: inout RetryBudget,
        _ random: inout some RandomNumberGenerator
    ) -> ExchangeAction {
        guard verifications < verificationLimit else { return unverifiable() }
        if let notBefore, notBefore > policy.settings.maxWait { return unverifiable() }
        let pause = policy.pause(afterAttempts: verifications, notBefore: notBefore, random: &random)
        guard policy.fits(pause, situation(now)) else { return unverifiable() }
        guard budget.withdraw(at: now) else { return unverifiable() }
        return self.pause(pause, then: .verify(freshConnection: freshConnection), now)
    }

    /// Ends without a verified job: with Zuora's last response if it is reliable, else with a
    /// problem stating that the job may have been cancelled.
    mutating func unverifiable() -> ExchangeAction {
        if let response = lastResponse {
            if response.isAcceptance { return relayAttempt(.unknown) }
            // An ambiguous refusal remains unknown.
            if response.isRefusal, !mayHaveWorked {
                return relayAttempt(response.verdict?.verification == .always ? .unknown : response.verdict?.outcome)
            }
        }
        return end(.fail(.unverified))
    }

    mutating func timeIsUp() -> ExchangeAction {
        if mayHaveWorked { return unverifiable() }
        if let last = relayLastResponse() { return last }
        let limit: Deadline.Limit = if case .refreshing = stage { .token } else { .total }
        return end(.fail(.timedOut(limit, mayHaveReached: mayHaveReached, deadline: deadline, isCancel: isCancel)))
    }

    /// Ends with the last response.
    /// - Returns: nil without one, or if it only rejects the token: another one would have been sent.
    private mutating func relayLastResponse() -> ExchangeAction? {
        guard let lastResponse, lastResponse.authentication != .tokenRejected else { return nil }
        if isCancel, lastResponse.isRefusal { return unverifiable() }
        if isCancel, lastResponse.verdict?.verification == .always { return relayAttempt(.unknown) }
        return relay(lastResponse)
    }

    /// Ends with the last response, or with a problem stating that the gateway stops. A job that may have been cancelled is verified
    /// once more, at once.
    mutating func stopped(_ now: Instant) -> ExchangeAction {
        if mayHaveWorked, !isStopping {
            isStopping = true
            return startVerification(after: .zero, now)
        }
        if mayHaveWorked { return end(.fail(.stopping(mayHaveReached: true, isCancel: isCancel))) }
        if let last = relayLastResponse() { return last }
        return end(.fail(.stopping(mayHaveReached: mayHaveReached, isCancel: isCancel)))
    }

    private mutating func relayVerification(_ response: AttemptResponse, _ outcome: CancelOutcome) -> ExchangeAction {
        let status = isStrict ? outcome.strictStatus(upstream: response.status) : nil
        return end(.relay(RelayedResponse(.verification, outcome: outcome, status: status)))
    }
}

extension AttemptResponse {
    /// Zuora refused the cancel.
    var isRefusal: Bool {
        guard let verdict, verdict.isFailure || status >= 400, verdict.outcome != .unknown else { return false }
        return status < 500 && (status != 401 || isWrongEntity) && status != 429
    }

    /// The cancel got a success, even if its body is not understood.
    var isAcceptance: Bool { isSuccess && verdict?.isFailure != true }

    /// Whether it is useful to the caller: not if it is malformed, or unexpectedly empty.
    var isLegible: Bool {
        switch verdict?.shape {
        case .unreadable?: false
        case Optional.none, BodyShape.none?: status == 204
        default: true
        }
    }

    /// Whether it adds anything to what the verification has found.
    var isRelayable: Bool { isRefusal && verdict?.isUndecodable != true || isAcceptance && isLegible }
}
