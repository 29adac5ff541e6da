import Policy
import Testing
import Wire

@Suite struct CircuitBreakerTests {
    /// A breaker and its clock.
    private struct Bench {
        var breaker = CircuitBreaker(now: .at(0))
        var random = SplitMix64(seed: 3)

        mutating func admit(_ time: Double) -> CircuitBreaker.Permit? {
            if case .allowed(let permit) = breaker.admit(now: .at(time)) { permit } else { nil }
        }

        mutating func call(_ time: Double, _ result: CircuitBreaker.Result) {
            if let permit = admit(time) { breaker.record(result, permit, now: .at(time), random: &random) }
        }

        mutating func open(at time: Double) { for _ in 0..<10 { call(time, .failure) } }

        func state(_ time: Double) -> CircuitBreaker.State { breaker.state(at: .at(time)) }
    }

    @Test func `half of ten results being failures opens it, fewer results do not`() {
        var bench = Bench()
        for _ in 0..<9 { bench.call(0, .failure) }
        #expect(bench.state(0) == .closed)
        bench.call(0, .failure)
        #expect(bench.state(0) == .open)
        var even = Bench()
        for i in 0..<11 { even.call(0, i < 6 ? .success : .failure) }
        #expect(even.state(0) == .closed)
        even.call(0, .failure)
        #expect(even.state(0) == .open)
    }

    @Test func `with new settings an open breaker stays open, and results keep counting`() {
        var bench = Bench()
        for _ in 0..<4 { bench.call(0, .failure) }
        var settings = BreakerSettings()
        settings.minimum = 5
        bench.breaker.adopt(settings, probeTimeout: .seconds(1), now: .at(0))
        #expect(bench.state(0) == .closed)
        bench.call(0, .failure)
        #expect(bench.state(0) == .open)
        settings.minimum = 50
        bench.breaker.adopt(settings, probeTimeout: .seconds(1), now: .at(0))
        #expect(bench.state(0) == .open && bench.admit(0) == nil)
    }

    @Test func `failures older than the window are forgotten`() {
        var bench = Bench()
        for _ in 0..<9 { bench.call(0, .failure) }
        bench.call(11, .failure)
        #expect(bench.state(11) == .closed)
        for second in 12..<100 { bench.call(Double(second) * 2, .failure) }
        #expect(bench.state(200) == .closed)
    }

    @Test func `while it is open nothing passes, and the refusal says for how long`() {
        var bench = Bench()
        bench.open(at: 0)
        guard case .refused(let refusal) = bench.breaker.admit(now: .at(1)) else {
            Issue.record("it let one pass")
            return
        }
        #expect(refusal.status == 503)
        #expect(refusal.retryAfter >= .seconds(4) && refusal.retryAfter <= .seconds(5.25))
        #expect(bench.state(4.99) == .open)
        #expect(bench.state(6.26) == .halfOpen)
    }

    @Test func `one probe passes at a time, and its success closes it`() {
        var bench = Bench()
        bench.open(at: 0)
        let probe = bench.admit(7)
        #expect(probe?.isProbe == true)
        let second = bench.admit(7)
        #expect(second == nil)
        if let probe { bench.breaker.record(.success, probe, now: .at(8), random: &bench.random) }
        #expect(bench.state(8) == .closed)
        // With a clean slate.
        for _ in 0..<9 { bench.call(8, .failure) }
        #expect(bench.state(8) == .closed)
    }

    @Test func `a failed probe opens it for twice as long, up to the longest time`() {
        var bench = Bench()
        bench.open(at: 0)
        var time = 7.0
        for expected in [10.0, 20, 40, 60, 60, 60] {
            bench.call(time, .failure)
            #expect(bench.state(time + expected - 0.01) == .open)
            #expect(bench.state(time + expected * 1.25 + 0.01) == .halfOpen)
            time += expected * 1.25 + 1
        }
        bench.call(time, .success)
        bench.open(at: time)
        #expect(bench.state(time + 6.26) == .halfOpen)
    }

    @Test func `a probe that told nothing, or never came back, makes way for another`() {
        var bench = Bench()
        bench.open(at: 0)
        bench.call(7, .neutral)
        let next = bench.admit(7)
        #expect(next?.isProbe == true)
        let tooEarly = bench.admit(100)
        #expect(tooEarly == nil)
        let replacement = bench.admit(7 + 130)
        #expect(replacement?.isProbe == true)
        // The first one's result comes too late.
        if let next { bench.breaker.record(.success, next, now: .at(140), random: &bench.random) }
        #expect(bench.state(140) == .halfOpen)
    }

    @Test func `results from before the opening do not count after it`() {
        var bench = Bench()
        let early = bench.admit(0)
        bench.open(at: 0)
        let probe = bench.admit(7)
        if let early { bench.breaker.record(.success, early, now: .at(7), random: &bench.random) }
        #expect(bench.state(7) == .halfOpen)
        if let early { bench.breaker.record(.failure, early, now: .at(7), random: &bench.random) }
        #expect(bench.state(7) == .halfOpen)
        if let probe { bench.breaker.record(.success, probe, now: .at(7), random: &bench.random) }
        #expect(bench.state(7) == .closed)
    }

    @Test func `only an unavailable upstream counts as a failure`() {
        for status in 200...599 {
            let expected: CircuitBreaker.Result =
                [502, 503, 504].contains(status) ? .failure : status == 429 ? .neutral : .success
            #expect(CircuitBreaker.Result(status: status) == expected)
        }
        #expect(CircuitBreaker.Result(failure: AttemptFailure(.refused, requestSent: false)) == .failure)
        #expect(CircuitBreaker.Result(failure: AttemptFailure(.firstByteTimeout, requestSent: true)) == .failure)
        #expect(CircuitBreaker.Result(failure: AttemptFailure(.reset, requestSent: true)) == .failure)
        #expect(CircuitBreaker.Result(failure: AttemptFailure(.reset, requestSent: true, connectionReused: true)) == .neutral)
        #expect(
            CircuitBreaker.Result(failure: AttemptFailure(.contentCoding, requestSent: true, responseBegan: true)) == .success)
    }

    @Test func `the deadline is the upstream's failure only if it had its time`() {
        for isSent in [true, false] {
            let failure = AttemptFailure(.totalTimeout, requestSent: isSent)
            #expect(CircuitBreaker.Result(failure: failure, hadItsTime: true) == .failure)
            #expect(CircuitBreaker.Result(failure: failure) == .neutral)
        }
    }

    @Test(arguments: 0..<60)
    func `at most one probe is out, and nothing passes while it is open`(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed) &* 31)
        var breaker = CircuitBreaker(now: .at(0))
        var (time, outstanding) = (0.0, [CircuitBreaker.Permit]())
        let badness = Double.random(in: 0...1, using: &random)
        for _ in 0..<2000 {
            time += Double.random(in: 0...0.4, using: &random)
            let state = breaker.state(at: .at(time))
            if Bool.random(using: &random) || outstanding.isEmpty {
                guard case .allowed(let permit) = breaker.admit(now: .at(time)) else {
                    #expect(state != .closed)
                    continue
                }
                #expect(state != .open)
                #expect(permit.isProbe == (state == .halfOpen))
                if permit.isProbe { #expect(!outstanding.contains { $0.isProbe }) }
                outstanding.append(permit)
            } else {
                let permit = outstanding.remove(at: Int.random(in: 0..<outstanding.count, using: &random))
                let isBad = Double.random(in: 0..<1, using: &random) < badness
                let result: CircuitBreaker.Result =
                    isBad ? .failure : Double.random(in: 0..<1, using: &random) < 0.1 ? .neutral : .success
                breaker.record(result, permit, now: .at(time), random: &random)
                if state == .closed, result != .failure { #expect(breaker.state(at: .at(time)) == .closed) }
                if permit.isProbe { #expect(breaker.state(at: .at(time)) != (result == .success ? .open : .closed)) }
            }
        }
    }
}
