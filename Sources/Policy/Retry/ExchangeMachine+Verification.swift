import Wire

/// The look at the job.
extension ExchangeMachine {
    /// How often an exchange may look.
    var verificationLimit: Int { max(policy.settings.attempts, 2) }

    mutating func startVerification(after pause: Duration, _ now: Instant) -> ExchangeAction {
        guard verifications < verificationLimit else { return unverifiable(limit: nil) }
        guard policy.fits(pause, situation(now)) else { return unverifiable(limit: .total) }
        return self.pause(pause, then: .verify(freshConnection: lastAnswer == nil), now)
    }

    mutating func verificationAnswered(
        _ answer: AttemptAnswer, _ now: Instant, _ budget: inout RetryBudget, _ random: inout some RandomNumberGenerator
    ) -> ExchangeAction {
        let finding = answer.verdict.map { JobFinding(status: answer.status, verdict: $0) } ?? .nothing
        switch finding {
        case .cancelled:
            return foundCancelled(answer)
        case .finished(let job):
            return lastAnswer?.speaksOfJob == true ? relayAttempt(.alreadyFinished) : end(.fail(.jobFinished(job)))
        case .running(let job):
            return foundRunning(job, now, &budget, &random)
        case .unknownJob:
            if lastAnswer?.isRefusal == true { return relayAttempt(.unknownJob) }
            if lastAnswer?.isAcceptance == true { return relayAttempt(.unknown) }
            return relayVerification(answer, .unknownJob)
        case .hidden:
            return unverifiable(limit: nil)
        case .tokenRejected:
            return tokenWasReplaced ? unverifiable(limit: nil) : refreshToken(then: .verify(freshConnection: false))
        case .nothing:
            return lookAgain(notBefore: answer.requestedWait, freshConnection: false, now, &budget, &random)
        }
    }

    mutating func verificationFailed(
        _ failure: AttemptFailure, _ now: Instant, _ budget: inout RetryBudget, _ random: inout some RandomNumberGenerator
    ) -> ExchangeAction {
        if failure.isIdleConnectionRace, !raceWasRepeated {
            raceWasRepeated = true
            return perform(.verify(freshConnection: true), now)
        }
        if failure.cause.isPermanent || failure.cause == .totalTimeout { return unverifiable(limit: failure.cause.limit) }
        return lookAgain(notBefore: nil, freshConnection: true, now, &budget, &random)
    }

    private mutating func foundCancelled(_ answer: AttemptAnswer) -> ExchangeAction {
        if lastAnswer?.isAcceptance == true, lastAnswer?.isLegible == true { return relayAttempt(.cancelled) }
        if mayHaveWorked || lastAnswer == nil { return relayVerification(answer, .cancelled) }
        // Zuora's refusal stands, unless the status is to say that the job is cancelled: then its body must not say otherwise.
        return isStrict ? relayVerification(answer, .alreadyCancelled) : relayAttempt(.alreadyCancelled)
    }

    private mutating func foundRunning(
        _ job: JobStatus, _ now: Instant, _ budget: inout RetryBudget, _ random: inout some RandomNumberGenerator
    ) -> ExchangeAction {
        if lastAnswer?.isRefusal == true { return relayAttempt(.rejected) }
        // Accepted, and not done yet: it only takes time.
        if lastAnswer?.isAcceptance == true { return lookAgain(notBefore: nil, freshConnection: false, now, &budget, &random) }
        let decision = policy.retry(
            notBefore: nil, freshConnection: lastAnswer == nil, situation(now), &budget, now, &random)
        if case .retry(let pause, let freshConnection) = decision {
            attempts += 1
            return self.pause(pause, then: .send(freshConnection: freshConnection), now)
        }
        return lastAnswer == nil ? end(.fail(.notConfirmed(job))) : relayAttempt(.unknown)
    }

    private mutating func lookAgain(
        notBefore: Duration?, freshConnection: Bool, _ now: Instant, _ budget: inout RetryBudget,
        _ random: inout some RandomNumberGenerator
    ) -> ExchangeAction {
        guard verifications < verificationLimit else { return unverifiable(limit: nil) }
        if let notBefore, notBefore > policy.settings.maxWait { return unverifiable(limit: nil) }
        let pause = policy.pause(afterAttempts: verifications, notBefore: notBefore, random: &random)
        guard policy.fits(pause, situation(now)) else { return unverifiable(limit: .total) }
        guard budget.withdraw(at: now) else { return unverifiable(limit: nil) }
        return self.pause(pause, then: .verify(freshConnection: freshConnection), now)
    }

    /// Ends without the job having been seen: with Zuora's last answer where that alone can be believed, else with the
    /// confession that the job may have been cancelled.
    mutating func unverifiable(limit: Deadline.Limit?) -> ExchangeAction {
        if let answer = lastAnswer {
            if answer.isAcceptance { return relayAttempt(.unknown) }
            // A refusal that has several meanings keeps its secret.
            if answer.isRefusal, !mayHaveWorked {
                return relayAttempt(answer.verdict?.verification == .always ? .unknown : answer.verdict?.outcome)
            }
        }
        return end(.fail(.unverified(limit: limit)))
    }

    mutating func timeIsUp() -> ExchangeAction {
        if mayHaveWorked { return unverifiable(limit: .total) }
        if case .refreshing = stage {
            return end(.fail(.timedOut(.token, mayHaveReached: mayHaveReached, deadline: deadline, isCancel: isCancel)))
        }
        if isCancel, lastAnswer?.isRefusal == true { return unverifiable(limit: .total) }
        if let lastAnswer { return relayAttempt(isCancel ? lastAnswer.verdict?.outcome ?? .unknown : nil) }
        return end(.fail(.timedOut(.total, mayHaveReached: mayHaveReached, deadline: deadline, isCancel: isCancel)))
    }

    /// Ends with what is known: the last response, or that the gateway stops. A job that may have been cancelled is verified once more, at once.
    mutating func stopped(_ now: Instant) -> ExchangeAction {
        if mayHaveWorked, !isStopping {
            isStopping = true
            return startVerification(after: .zero, now)
        }
        if mayHaveWorked { return end(.fail(.stopping(mayHaveReached: true, isCancel: isCancel))) }
        if let lastAnswer { return relayAttempt(isCancel ? lastAnswer.verdict?.outcome ?? .unknown : nil) }
        return end(.fail(.stopping(mayHaveReached: mayHaveReached, isCancel: isCancel)))
    }

    private mutating func relayVerification(_ answer: AttemptAnswer, _ outcome: CancelOutcome) -> ExchangeAction {
        let status = isStrict ? outcome.strictStatus(upstream: answer.status) : nil
        return end(.relay(RelayedAnswer(.verification, outcome: outcome, status: status)))
    }
}

extension AttemptAnswer {
    /// The cancel was refused: Zuora spoke, and said no.
    var isRefusal: Bool {
        guard let verdict, verdict.isFailure || status >= 400, verdict.outcome != .unknown else { return false }
        return status < 500 && status != 401 && status != 429
    }

    /// The cancel was answered with success, even if not in words that can be read.
    var isAcceptance: Bool { isSuccess && verdict?.isFailure != true }

    /// Whether it is of use to the caller: one that cannot be read, or is empty where it should say something, is not.
    var isLegible: Bool {
        switch verdict?.shape {
        case .unreadable?: false
        case Optional.none, BodyShape.none?: status == 204
        default: true
        }
    }

    var speaksOfJob: Bool { isRefusal || isAcceptance }
}
