import Policy
import Testing
import Wire

@Suite struct RetryPolicyTests {
    private func situation(
        attempts: Int = 1, idempotent: Bool = true, replayable: Bool = true, verifiable: Bool = false,
        tokenReplaced: Bool = false,
        raceRepeated: Bool = false, remaining: Duration = .seconds(130)
    ) -> RetryPolicy.Situation {
        var situation = RetryPolicy.Situation(isIdempotent: idempotent, remaining: remaining)
        situation.attempts = attempts
        situation.isReplayable = replayable
        situation.isVerifiable = verifiable
        situation.tokenWasReplaced = tokenReplaced
        situation.raceWasRepeated = raceRepeated
        return situation
    }

    private func decide(_ response: AttemptResponse, _ situation: RetryPolicy.Situation) -> RetryDecision {
        var (budget, random) = (RetryBudget(share: 0, now: .at(0)), LargestRandom())
        return RetryPolicy(RetrySettings()).decide(response, situation, budget: &budget, now: .at(0), random: &random)
    }

    private func decide(_ failure: AttemptFailure, _ situation: RetryPolicy.Situation) -> RetryDecision {
        var (budget, random) = (RetryBudget(share: 0, now: .at(0)), LargestRandom())
        return RetryPolicy(RetrySettings()).decide(failure, situation, budget: &budget, now: .at(0), random: &random)
    }

    private func response(_ status: Int, _ body: String = "", retryAfter: Duration? = nil, quotaWait: Duration? = nil)
        -> AttemptResponse
    {
        AttemptResponse(status: status, verdict: verdict(status, body), retryAfter: retryAfter, quotaWait: quotaWait)
    }

    @Test(arguments: [200, 201, 204, 301, 302, 304, 400, 402, 403, 404, 405, 406, 408, 409, 410, 413, 415, 422])
    func `a response that would be the same again is final on every route`(status: Int) {
        for idempotent in [true, false] {
            #expect(decide(response(status, #"{"message":"x"}"#), situation(idempotent: idempotent)) == .giveUp(.final))
        }
    }

    @Test func `statuses of trouble are repeated on idempotent routes only`() {
        for status in [500, 502, 503, 504] {
            #expect(decide(response(status), situation()) == .retry(after: .seconds(1), freshConnection: false))
            #expect(decide(response(status), situation(idempotent: false)) == .giveUp(.notSafe))
        }
        #expect(decide(response(429), situation(idempotent: false)) == .retry(after: .seconds(1), freshConnection: false))
    }

    @Test func `a cancel is verified after an ambiguous response`() {
        for status in [502, 503, 504] { #expect(decide(response(status), situation(verifiable: true)) == .verify(after: .zero)) }
        #expect(decide(response(503, retryAfter: .seconds(3)), situation(verifiable: true)) == .verify(after: .seconds(3)))
        // No time for the wait: a look at once is better than none.
        #expect(
            decide(response(503, retryAfter: .seconds(120)), situation(verifiable: true, remaining: .seconds(9)))
                == .verify(after: .zero))
        #expect(decide(response(503), situation(verifiable: true, remaining: .zero)) == .giveUp(.deadline))
    }

    @Test(arguments: [
        ("50000050", true), ("50000061", true), ("50000070", true), ("50000099", true), ("70", true), ("90022", true),
        ("50000060", false), ("50000040", false), ("50000020", false),
    ])
    func `a failure inside a 200 is repeated by its code`(code: String, isRetried: Bool) {
        let failed = response(200, #"{"success":false,"reasons":[{"code":\#(code)}]}"#)
        #expect(decide(failed, situation()) == (isRetried ? .retry(after: .seconds(1), freshConnection: false) : .giveUp(.final)))
        #expect(decide(failed, situation(idempotent: false)) == .giveUp(isRetried ? .notSafe : .final))
    }

    @Test func `a refused token is replaced once, a hiccup is waited out`() {
        let refused = response(401, #"{"message":"Authentication error"}"#)
        #expect(decide(refused, situation(idempotent: false)) == .refreshToken)
        #expect(decide(refused, situation(tokenReplaced: true)) == .giveUp(.credential))
        #expect(decide(refused, situation(replayable: false)) == .giveUp(.notReplayable))
        let hiccup = response(401, #"{"message":"Failed to get user info"}"#)
        #expect(decide(hiccup, situation(idempotent: false)) == .retry(after: .seconds(1), freshConnection: false))
        #expect(decide(AttemptResponse(status: 401), situation()) == .refreshToken)
    }

    @Test func `the upstream's wait is kept, and left to the caller if it is too long`() {
        // A quarter of the wait, at most the base, is added at random.
        #expect(
            decide(response(429, retryAfter: .seconds(2)), situation())
                == .retry(after: .milliseconds(2500), freshConnection: false))
        #expect(
            decide(response(429, retryAfter: .seconds(2), quotaWait: .seconds(8)), situation())
                == .retry(after: .seconds(9), freshConnection: false))
        #expect(
            decide(response(503, retryAfter: .seconds(10)), situation()) == .retry(after: .seconds(11), freshConnection: false))
        #expect(decide(response(503, retryAfter: .seconds(11)), situation()) == .giveUp(.wait))
        #expect(decide(response(503, retryAfter: .seconds(10)), situation(remaining: .seconds(9))) == .giveUp(.deadline))
    }

    @Test func `what never went out is repeated on every route`() {
        for cause in [AttemptFailure.Cause.resolve, .refused, .connect, .connectTimeout, .tls, .reset] {
            let failure = AttemptFailure(cause, requestSent: false)
            #expect(decide(failure, situation(idempotent: false)) == .retry(after: .seconds(1), freshConnection: false))
            #expect(decide(failure, situation(replayable: false)) == .giveUp(.notReplayable))
        }
        for cause in [AttemptFailure.Cause.certificate, .tlsRefused, .breakerOpen, .resources, .stopped] {
            #expect(decide(AttemptFailure(cause, requestSent: false), situation()) == .giveUp(.final))
        }
    }

    @Test func `sent requests are retried on idempotent routes, and a cancel is verified`() {
        for cause in [AttemptFailure.Cause.reset, .firstByteTimeout, .stallTimeout, .incomplete, .protocolError] {
            let failure = AttemptFailure(cause, requestSent: true)
            #expect(decide(failure, situation()) == .retry(after: .seconds(1), freshConnection: true))
            #expect(decide(failure, situation(idempotent: false)) == .giveUp(.notSafe))
            #expect(decide(failure, situation(verifiable: true)) == .verify(after: .zero))
        }
    }

    @Test func `an idle-connection race is repeated at once, once, outside the budget`() {
        let race = AttemptFailure(.reset, requestSent: true, connectionReused: true)
        var (budget, random) = (RetryBudget(share: 0, now: .at(0)), LargestRandom())
        while budget.withdraw(at: .at(0)) {}
        let policy = RetryPolicy(RetrySettings())
        let spent = situation(attempts: 4, verifiable: true)
        #expect(
            policy.decide(race, spent, budget: &budget, now: .at(0), random: &random)
                == .retry(after: .zero, freshConnection: true))
        #expect(decide(race, situation(verifiable: true, raceRepeated: true)) == .verify(after: .zero))
        #expect(decide(race, situation(raceRepeated: true)) == .retry(after: .seconds(1), freshConnection: true))
        #expect(decide(race, situation(idempotent: false)) == .giveUp(.notSafe))
        var unsent = race
        unsent.requestSent = false
        #expect(decide(unsent, situation(idempotent: false)) == .retry(after: .zero, freshConnection: true))
        var begun = race
        begun.responseBegan = true
        #expect(decide(begun, situation()) == .retry(after: .seconds(1), freshConnection: true))
    }

    @Test func `attempts, budget and deadline bound the retries`() {
        #expect(decide(response(500), situation(attempts: 3)) == .retry(after: .seconds(4), freshConnection: false))
        #expect(decide(response(500), situation(attempts: 4)) == .giveUp(.attempts))
        #expect(decide(response(500), situation(remaining: .milliseconds(1049))) == .giveUp(.deadline))
        #expect(
            decide(response(500), situation(remaining: .milliseconds(1050))) == .retry(after: .seconds(1), freshConnection: false)
        )
        var (budget, random) = (RetryBudget(share: 0, now: .at(0)), LargestRandom())
        while budget.withdraw(at: .at(0)) {}
        let policy = RetryPolicy(RetrySettings())
        #expect(policy.decide(response(500), situation(), budget: &budget, now: .at(0), random: &random) == .giveUp(.budget))
    }

    @Test func `a retry that is not begun costs no budget`() {
        var (budget, random) = (RetryBudget(share: 0, now: .at(0)), LargestRandom())
        let before = budget
        let policy = RetryPolicy(RetrySettings())
        for response in [response(404), response(500)] {
            _ = policy.decide(response, situation(attempts: 4), budget: &budget, now: .at(0), random: &random)
        }
        #expect(budget == before)
    }

    @Test func `pauses are full jitter between zero and the doubled base, up to the cap`() {
        let policy = RetryPolicy(RetrySettings())
        var random = SplitMix64(seed: 1)
        for (attempts, ceiling) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (50, 60), (Int.max, 60)] {
            let pauses = (0..<400).map { _ in policy.pause(afterAttempts: attempts, notBefore: nil, random: &random) }
            #expect(pauses.allSatisfy { $0 >= .zero && $0 <= .seconds(ceiling) })
            #expect(pauses.contains { $0 < .seconds(ceiling) / 4 } && pauses.contains { $0 > .seconds(ceiling) * 3 / 4 })
        }
    }

    @Test(arguments: [Duration.zero, .milliseconds(1), .milliseconds(500)])
    func `a wait that the upstream asks for lengthens the back-off, and never shortens it`(notBefore: Duration) {
        let policy = RetryPolicy(RetrySettings())
        var random = SplitMix64(seed: 3)
        let pauses = (0..<400).map { _ in policy.pause(afterAttempts: 3, notBefore: notBefore, random: &random) }
        #expect(pauses.allSatisfy { $0 >= notBefore && $0 <= .seconds(4) })
        #expect(pauses.reduce(.zero, +) / 400 > .milliseconds(1500))
    }

    @Test func `a failure of Zuora's that blames the token is one after which a submit may have been executed`() {
        let body = #"{"success":false,"reasons":[{"code":50000011,"message":"x"}]}"#
        for status in [500, 502, 503, 504] {
            #expect(decide(response(status, body), situation(idempotent: false)) == .giveUp(.notSafe))
            #expect(decide(response(status, body), situation()) == .retry(after: .seconds(1), freshConnection: false))
        }
        for status in [200, 400, 401] {
            #expect(decide(response(status, body), situation(idempotent: false)) == .refreshToken)
        }
    }
}
