import Policy
import Testing
import Wire

/// Thousands of exchanges with a Zuora and a network that misbehave at random.
@Suite struct ExchangePropertyTests {
    struct Run {
        var zuora: SimulatedZuora
        var machine: ExchangeMachine
        var finals: [ExchangeAction] = []
        var steps = 0
        var waited = Duration.zero
        var outOfTime = false
    }

    private func run(seed: Int, attempts: Int, timeout: Double, strict: Bool) -> Run {
        var random = SplitMix64(seed: UInt64(seed) &* 0x9E37)
        let trouble = Double.random(in: 0...1, using: &random)
        var zuora = SimulatedZuora(trouble: trouble, random: random)
        var exchange = Exchange(attempts: attempts, timeout: .nanoseconds(Int64(timeout * 1e9)), strict: strict)
        let deadline = exchange.machine.deadline
        var budget = RetryBudget(share: 0.2, now: .at(0))
        var run = Run(zuora: zuora, machine: exchange.machine)
        var now = Instant.at(0)
        var action = exchange.machine.handle(.started, now: now, budget: &budget, random: &random)
        while run.steps < 200 {
            run.steps += 1
            if action.isFinal { run.finals.append(action) }
            guard !action.isFinal, action != .none else { break }
            var event: ExchangeEvent
            switch action {
            case .send: event = zuora.receive(isCancel: true)
            case .verify: event = zuora.receive(isCancel: false)
            case .pause(let duration):
                run.waited += duration
                if now + duration > deadline.end { run.outOfTime = true }
                now = now + duration
                event = .pauseEnded
            case .refreshToken:
                event =
                    Double.random(in: 0..<1, using: &random) < trouble * 0.3 ? .tokenUnavailable(retryAfter: nil) : .tokenReady
            case .relay, .fail, .none: return run
            }
            now = now + .milliseconds(Int.random(in: 1...Int(1 + trouble * 3000), using: &random))
            if now >= deadline.end {
                now = deadline.end
                switch action {
                case .send, .verify: event = .failed(AttemptFailure(.totalTimeout, requestSent: true))
                default: event = .deadlinePassed
                }
                if case .send = action { zuora.unclear += 1 }
            }
            action = exchange.machine.handle(event, now: now, budget: &budget, random: &random)
        }
        // Whatever comes late changes nothing.
        for late in [ExchangeEvent.deadlinePassed, .pauseEnded, lost] {
            let action = exchange.machine.handle(late, now: now, budget: &budget, random: &random)
            if action.isFinal { run.finals.append(action) }
        }
        run.zuora = zuora
        run.machine = exchange.machine
        return run
    }

    @Test(arguments: [(1, 5.0), (2, 30), (4, 130), (4, 8)])
    func `one response, within limits, and never a wrong outcome`(attempts: Int, timeout: Double) {
        var outcomes: [CancelOutcome: Int] = [:]
        for seed in 0..<2500 {
            let run = run(seed: seed, attempts: attempts, timeout: timeout, strict: seed % 2 == 0)
            guard run.finals.count == 1, let last = run.finals.first else {
                Issue.record("\(run.finals.count) responses at seed \(seed)")
                continue
            }
            // One more for an idle-connection race, one for a fresh token.
            if run.machine.sends > attempts + 2 { Issue.record("\(run.machine.sends) sends at seed \(seed)") }
            if run.machine.verifications > max(attempts, 2) + 2 {
                Issue.record("\(run.machine.verifications) looks at seed \(seed)")
            }
            if run.outOfTime { Issue.record("a pause beyond the deadline at seed \(seed)") }
            guard let outcome = outcome(last) else { continue }
            outcomes[outcome, default: 0] += 1
            if !isTrue(outcome, run.zuora) { Issue.record("\(outcome) is wrong at seed \(seed): \(run.zuora)") }
            if run.zuora.trouble < 0.01, outcome == .unknown { Issue.record("unknown without trouble at seed \(seed)") }
        }
        for outcome in [CancelOutcome.cancelled, .alreadyCancelled, .alreadyFinished, .unknownJob, .unknown] {
            #expect(outcomes[outcome, default: 0] > 10, "\(outcome)")
        }
        #expect(outcomes[.unknown, default: 0] < 1500)
    }

    private func outcome(_ action: ExchangeAction) -> CancelOutcome? {
        switch action {
        case .relay(let response): response.outcome
        case .fail(let problem): problem.outcome
        default: nil
        }
    }

    /// Whether an outcome is what the book says.
    private func isTrue(_ outcome: CancelOutcome, _ zuora: SimulatedZuora) -> Bool {
        switch outcome {
        case .cancelled: zuora.job == .cancelled && (zuora.initial == .executing || zuora.unclear > 0)
        case .alreadyCancelled: zuora.job == .cancelled && zuora.initial == .cancelled
        case .alreadyFinished: zuora.job == .completed
        case .unknownJob: zuora.job == .absent
        case .rejected: zuora.job != .cancelled || zuora.initial == .cancelled
        case .notPermitted, .unknown: true
        case .wrongEntity: false
        }
    }
}
