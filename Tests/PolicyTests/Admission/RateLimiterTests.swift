import Policy
import Testing
import Wire

@Suite struct RateLimiterTests {
    private func fields(limit: Int?, remaining: Int, reset: Double) -> RateLimitFields {
        var fields = RateLimitFields()
        fields.limit = limit
        fields.remaining = remaining
        fields.reset = .milliseconds(Int64(reset * 1000))
        return fields
    }

    private func acquire(_ limiter: inout RateLimiter, _ time: Double, patience: Duration = .zero) -> RateLimiter.Decision {
        limiter.acquire(now: .at(time), patience: patience)
    }

    @Test func `a burst starts at once, then one an interval`() {
        var limiter = RateLimiter(rate: 10, burst: 3, now: .at(0))
        let burst = (0..<3).map { _ in acquire(&limiter, 0) }
        #expect(burst == [.start, .start, .start])
        let fourth = acquire(&limiter, 0)
        #expect(fourth == .refused(AdmissionRefusal(.rate, retryAfter: .milliseconds(100))))
        let later = [acquire(&limiter, 0.1), acquire(&limiter, 0.1)]
        #expect(later[0] == .start)
        #expect(later[1] != .start)
    }

    @Test func `with a new rate, starts and a quota that is gone keep counting`() {
        var limiter = RateLimiter(rate: 0.1, burst: 20, now: .at(0))
        for _ in 0..<20 { #expect(acquire(&limiter, 0) == .start) }
        limiter.adopt(rate: 10, burst: 20, now: .at(0))
        guard case .refused(let refusal) = acquire(&limiter, 0.05) else {
            Issue.record("starts were forgotten")
            return
        }
        #expect(refusal.reason == .rate)
        #expect(acquire(&limiter, 0.1) == .start)
        limiter.adopt(rate: 0.01, burst: 2, now: .at(0.1))
        #expect(acquire(&limiter, 100.1) == .start)
        limiter.observe(fields(limit: 100, remaining: 0, reset: 60), now: .at(101))
        limiter.adopt(rate: nil, burst: 1, now: .at(101))
        guard case .refused(let refusal) = acquire(&limiter, 102) else {
            Issue.record("a quota was forgotten")
            return
        }
        #expect(refusal.reason == .quota)
    }

    @Test func `no number of starts that a new rate makes endless is too large`() {
        var limiter = RateLimiter(rate: 1e9, burst: 100_000, now: .at(0))
        for _ in 0..<100 { _ = limiter.acquire(now: .at(0), patience: .seconds(1)) }
        for rate in [1e-300, 1e300, 1e-9, nil, 0.001] as [Double?] { limiter.adopt(rate: rate, burst: 100_000, now: .at(0)) }
        #expect(acquire(&limiter, 0) == .start)
    }

    @Test func `requests that can wait start in order of arrival`() {
        var limiter = RateLimiter(rate: 10, burst: 1, now: .at(0))
        let turns = (0..<4).map { _ in acquire(&limiter, 0, patience: .milliseconds(250)) }
        #expect(
            turns == [
                .start, .wait(until: .at(0.1)), .wait(until: .at(0.2)),
                .refused(AdmissionRefusal(.rate, retryAfter: .milliseconds(300))),
            ])
        limiter.giveBack()
        let again = acquire(&limiter, 0, patience: .milliseconds(250))
        #expect(again == .wait(until: .at(0.2)))
    }

    @Test(arguments: 0..<40)
    func `in no stretch of time start more than the burst and the rate allow`(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let (rate, burst) = (Double.random(in: 0.5...50, using: &random), Int.random(in: 1...20, using: &random))
        var limiter = RateLimiter(rate: rate, burst: burst, now: .at(0))
        var (time, starts) = (0.0, [Double]())
        for _ in 0..<600 {
            time += Double.random(in: 0...0.1, using: &random)
            switch acquire(&limiter, time, patience: .milliseconds(Int.random(in: 0...500, using: &random))) {
            case .start: starts.append(time)
            case .wait(let until): starts.append((until - .at(0)).seconds)
            case .refused: break
            }
        }
        starts.sort()
        for from in stride(from: 0, to: starts.count, by: 7) {
            for to in from..<starts.count {
                let allowed = Double(burst) + (starts[to] - starts[from]) * rate + 0.001
                if Double(to - from + 1) > allowed { Issue.record("\(to - from + 1) starts where \(allowed) are allowed") }
            }
        }
    }

    @Test func `without a rate everything starts`() {
        var limiter = RateLimiter(rate: nil, burst: 1, now: .at(0))
        let all = (0..<1000).map { _ in acquire(&limiter, 0) }
        #expect(all.allSatisfy { $0 == .start })
    }

    @Test func `of a quota that is gone nothing is tried until a near reset`() {
        var limiter = RateLimiter(rate: nil, burst: 1, now: .at(0))
        limiter.observe(fields(limit: 100, remaining: 0, reset: 30), now: .at(0))
        let decisions = [
            acquire(&limiter, 1), acquire(&limiter, 29, patience: .seconds(2)), acquire(&limiter, 30), acquire(&limiter, 30),
        ]
        #expect(decisions[0] == .refused(AdmissionRefusal(.quota, retryAfter: .seconds(29))))
        #expect(decisions[1] == .wait(until: .at(30)))
        #expect(decisions[2...] == [.start, .start])
    }

    @Test func `of a quota that is gone for long one request a minute is tried, in case that is not true`() {
        var limiter = RateLimiter(rate: nil, burst: 1, now: .at(0))
        limiter.observe(fields(limit: 100, remaining: 0, reset: 86_400), now: .at(0))
        var started: [Double] = []
        for second in stride(from: 0, to: 300, by: 0.5) where acquire(&limiter, second) == .start { started.append(second) }
        #expect(started == [60, 120, 180, 240])
        let early = acquire(&limiter, 299)
        #expect(early == .refused(AdmissionRefusal(.quota, retryAfter: .seconds(1))))
        limiter.observe(fields(limit: 100, remaining: 90, reset: 60), now: .at(299))
        let renewed = acquire(&limiter, 299)
        #expect(renewed == .start)
    }

    @Test func `however little of a quota is left for a day, one request a minute starts`() {
        var limiter = RateLimiter(rate: nil, burst: 1, now: .at(0))
        limiter.observe(fields(limit: 1_000_000, remaining: 3, reset: 86_400), now: .at(0))
        var started: [Double] = []
        for second in stride(from: 0, to: 300, by: 0.5) where acquire(&limiter, second) == .start { started.append(second) }
        #expect(started == [0, 60, 120, 180, 240])
    }

    @Test func `the last tenth of a quota is spread over the time to its reset`() {
        var limiter = RateLimiter(rate: nil, burst: 1, now: .at(0))
        limiter.observe(fields(limit: 100, remaining: 10, reset: 60), now: .at(0))
        let plenty = acquire(&limiter, 0)
        #expect(plenty == .start)
        // Nine are left: one in about 60 / 9 seconds.
        var starts = 0
        for tenth in 0..<600 {
            if acquire(&limiter, Double(tenth) / 10) == .start { starts += 1 }
        }
        #expect((5...9).contains(starts))
        let after = (0..<20).map { _ in acquire(&limiter, 60) }
        #expect(after.allSatisfy { $0 == .start })
    }

    @Test func `responses that overtake each other do not restore used quota`() {
        var limiter = RateLimiter(rate: nil, burst: 1, now: .at(0))
        limiter.observe(fields(limit: 100, remaining: 0, reset: 30), now: .at(0))
        limiter.observe(fields(limit: 100, remaining: 3, reset: 30), now: .at(0))
        let used = acquire(&limiter, 1)
        #expect(used != .start)
        // A new window is news.
        limiter.observe(fields(limit: 100, remaining: 99, reset: 60), now: .at(31))
        let fresh = acquire(&limiter, 31)
        #expect(fresh == .start)
    }

    @Test func `a response without both numbers is ignored`() {
        var limiter = RateLimiter(rate: nil, burst: 1, now: .at(0))
        var half = RateLimitFields()
        half.remaining = 0
        limiter.observe(half, now: .at(0))
        let decision = acquire(&limiter, 0)
        #expect(decision == .start)
    }
}
