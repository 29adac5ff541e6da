import Wire

/// What an attempt at the request itself came to.
extension ExchangeMachine {
    mutating func attemptAnswered(
        _ answer: AttemptAnswer, _ now: Instant, _ budget: inout RetryBudget, _ random: inout some RandomNumberGenerator
    ) -> ExchangeAction {
        let workedBefore = mayHaveWorked
        lastAnswer = answer
        mayHaveReached = true
        if isCancel, answer.mayHaveWorked { mayHaveWorked = true }
        if isCancel, let verdict = answer.verdict, verdict.authentication == .accepted, !answer.isAmbiguous {
            if verdict.verification == .always || (workedBefore && (verdict.verification == .ifRepeated || answer.isRefusal)) {
                return startVerification(after: .zero, now)
            }
        }
        switch policy.decide(answer, situation(now), budget: &budget, now: now, random: &random) {
        case .retry(let pause, let freshConnection):
            attempts += 1
            return self.pause(pause, then: .send(freshConnection: freshConnection), now)
        case .refreshToken:
            return refreshToken(then: .send(freshConnection: false))
        case .verify(let pause):
            return startVerification(after: pause, now)
        case .giveUp(let reason):
            return giveUp(answer, reason, now)
        }
    }

    mutating func attemptFailed(
        _ failure: AttemptFailure, _ now: Instant, _ budget: inout RetryBudget, _ random: inout some RandomNumberGenerator
    ) -> ExchangeAction {
        lastAnswer = nil
        if failure.requestSent {
            mayHaveReached = true
            mayHaveWorked = isCancel
        }
        switch policy.decide(failure, situation(now), budget: &budget, now: now, random: &random) {
        case .retry(let pause, let freshConnection):
            // Only a race is repeated without a pause, and it costs no attempt.
            if failure.isIdleConnectionRace, !raceWasRepeated {
                raceWasRepeated = true
            } else {
                attempts += 1
            }
            return self.pause(pause, then: .send(freshConnection: freshConnection), now)
        case .verify(let pause):
            return startVerification(after: pause, now)
        case .refreshToken:
            return failed(failure)
        case .giveUp(let reason):
            wasNotReplayable = reason == .notReplayable
            return failed(failure)
        }
    }

    /// Nothing more is tried, and there is no answer.
    private mutating func failed(_ failure: AttemptFailure) -> ExchangeAction {
        if mayHaveWorked { return unverifiable(limit: failure.cause.limit) }
        var problem = ExchangeProblem.attemptFailed(
            failure, mayHaveReached: mayHaveReached, deadline: deadline, isCancel: isCancel)
        if wasNotReplayable { problem.detail += " " + ExchangeProblem.tooLargeToRepeat }
        return end(.fail(problem))
    }

    /// Nothing more is tried: the answer goes to the caller, unless it would mislead.
    private mutating func giveUp(
        _ answer: AttemptAnswer, _ reason: RetryDecision.GiveUpReason, _ now: Instant
    ) -> ExchangeAction {
        wasNotReplayable = reason == .notReplayable
        if answer.status == 401
            ? answer.verdict?.authentication != .backendTrouble : answer.verdict?.authentication == .tokenRejected
        {
            leavesTokenRefused = reason == .notReplayable
            return reason == .notReplayable && !mayHaveWorked ? end(.fail(.notReplayable())) : tokenStands()
        }
        if mayHaveWorked, answer.isInconclusive {
            return reason == .deadline ? unverifiable(limit: .total) : startVerification(after: .zero, now)
        }
        if answer.verdict?.authentication == .backendTrouble {
            return end(.fail(.authenticationTrouble(isCancel: isCancel, retryAfter: answer.requestedWait)))
        }
        return relayAttempt(isCancel ? answer.verdict?.outcome ?? .unknown : nil)
    }

    /// No other token helps: the caller is told what Zuora said.
    mutating func tokenStands() -> ExchangeAction {
        if mayHaveWorked { return unverifiable(limit: nil) }
        return relayAttempt(isCancel ? .notPermitted : nil)
    }

    /// Ends with the last answer to the request.
    mutating func relayAttempt(_ outcome: CancelOutcome?) -> ExchangeAction {
        guard let answer = lastAnswer else { return unverifiable(limit: nil) }
        let status = isStrict ? outcome?.strictStatus(upstream: answer.status, category: answer.verdict?.category) : nil
        if isStrict, let verdict = answer.verdict, verdict.shape == .html, isCancel || !answer.isSuccess {
            return end(
                .fail(
                    .page(
                        verdict.message, status: status ?? answer.status, upstream: answer.status, outcome: outcome,
                        retryAfter: answer.retryAfter)))
        }
        return end(.relay(RelayedAnswer(.attempt, outcome: outcome, status: status)))
    }
}

extension AttemptAnswer {
    /// Whether an attempt that was answered so may have cancelled the job: not after a refusal, nor when Zuora was only too busy.
    fileprivate var mayHaveWorked: Bool {
        if status >= 500 { return true }
        guard isSuccess, let verdict else { return false }
        return verdict.isFailure ? verdict.outcome == .unknown : true
    }

    /// Whether it says nothing of the job: what an earlier attempt did is as open as before.
    fileprivate var isInconclusive: Bool {
        status == 429 || status >= 500 || verdict?.isRetryableCode == true || verdict?.authentication == .backendTrouble
    }
}
