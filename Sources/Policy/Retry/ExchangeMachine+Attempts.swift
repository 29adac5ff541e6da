import Wire

/// Results of attempts at the request.
extension ExchangeMachine {
    mutating func attemptResponded(
        _ response: AttemptResponse, _ now: Instant, _ budget: inout RetryBudget, _ random: inout some RandomNumberGenerator
    ) -> ExchangeAction {
        let workedBefore = mayHaveWorked
        lastResponse = response
        wasSent = true
        if response.status != 429, response.authentication == .accepted { mayHaveReached = true }
        if isCancel, response.mayHaveWorked { mayHaveWorked = true }
        if isCancel, let verdict = response.verdict, verdict.authentication == .accepted, !response.isAmbiguous {
            if verdict.verification == .always || (workedBefore && (verdict.verification == .ifRepeated || response.isRefusal)) {
                return startVerification(after: .zero, now)
            }
        }
        switch policy.decide(response, situation(now), budget: &budget, now: now, random: &random) {
        case .retry(let pause, let freshConnection):
            attempts += 1
            return self.pause(pause, then: .send(freshConnection: freshConnection), now)
        case .refreshToken:
            return refreshToken(then: .send(freshConnection: false))
        case .verify(let pause):
            return startVerification(after: pause, now)
        case .giveUp(let reason):
            return giveUp(response, reason, now)
        }
    }

    mutating func attemptFailed(
        _ failure: AttemptFailure, _ now: Instant, _ budget: inout RetryBudget, _ random: inout some RandomNumberGenerator
    ) -> ExchangeAction {
        lastResponse = nil
        if failure.requestSent {
            wasSent = true
            mayHaveReached = true
            mayHaveWorked = isCancel
        }
        switch policy.decide(failure, situation(now), budget: &budget, now: now, random: &random) {
        case .retry(let pause, let freshConnection):
            // Only a race is retried without back-off, and it does not count as an attempt.
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

    /// Gives up without a response.
    private mutating func failed(_ failure: AttemptFailure) -> ExchangeAction {
        if mayHaveWorked { return unverifiable() }
        var problem = ExchangeProblem.attemptFailed(
            failure, mayHaveReached: mayHaveReached, deadline: deadline, isCancel: isCancel)
        if wasNotReplayable { problem.detail += " " + ExchangeProblem.tooLargeToRepeat }
        return end(.fail(problem))
    }

    /// Gives up: relays the response, unless it would be misleading.
    private mutating func giveUp(
        _ response: AttemptResponse, _ reason: RetryDecision.GiveUpReason, _ now: Instant
    ) -> ExchangeAction {
        wasNotReplayable = reason == .notReplayable
        if response.authentication == .tokenRejected {
            leavesTokenRefused = reason == .notReplayable
            return reason == .notReplayable && !mayHaveWorked
                ? end(.fail(.notReplayable(mayHaveReached: mayHaveReached, isCancel: isCancel))) : tokenStands()
        }
        if mayHaveWorked, response.isInconclusive {
            return reason == .deadline ? unverifiable() : startVerification(after: .zero, now)
        }
        return relay(response)
    }

    /// Ends with the last response, unless it only says that Zuora could not verify the token.
    mutating func relay(_ response: AttemptResponse) -> ExchangeAction {
        if response.verdict?.authentication == .backendTrouble {
            return end(
                .fail(
                    .authenticationTrouble(
                        mayHaveReached: mayHaveReached, isCancel: isCancel, retryAfter: response.requestedWait)))
        }
        return relayAttempt(isCancel ? response.verdict?.outcome ?? .unknown : nil)
    }

    /// No other token helps: relays Zuora's response.
    mutating func tokenStands() -> ExchangeAction {
        if mayHaveWorked { return unverifiable() }
        return relayAttempt(isCancel ? .notPermitted : nil)
    }

    /// Ends with the last response to the request.
    mutating func relayAttempt(_ outcome: CancelOutcome?) -> ExchangeAction {
        guard let response = lastResponse else { return unverifiable() }
        let status = isStrict ? outcome?.strictStatus(upstream: response.status, category: response.verdict?.category) : nil
        if isStrict, let verdict = response.verdict, verdict.shape == .html, isCancel || !response.isSuccess {
            return end(
                .fail(
                    .page(
                        verdict.message, status: status ?? response.status, upstream: response.status, outcome: outcome,
                        retryAfter: response.retryAfter)))
        }
        return end(.relay(RelayedResponse(.attempt, outcome: outcome, status: status)))
    }
}

extension AttemptResponse {
    /// Whether an attempt with this response may have cancelled the job: not after a refusal, nor when Zuora was too busy.
    fileprivate var mayHaveWorked: Bool {
        if status >= 500 { return !isWrongEntity }
        guard isSuccess, let verdict else { return false }
        return verdict.isFailure ? verdict.outcome == .unknown : true
    }

    /// Whether it says nothing about the job: the outcome of an earlier attempt remains unknown.
    fileprivate var isInconclusive: Bool {
        status == 429 || status >= 500 || verdict?.isRetryableCode == true || verdict?.authentication == .backendTrouble
    }
}
