import Policy
import Testing
import Wire

@Suite struct RetryBudgetTests {
    private func expect(_ budget: inout RetryBudget, _ now: Instant, _ expected: Bool) {
        let granted = budget.withdraw(at: now)
        #expect(granted == expected)
    }

    @Test func `ten retries are there at once, and the eleventh is not`() {
        var budget = RetryBudget(share: 0.2, now: .at(0))
        var granted: [Bool] = []
        for time in [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.9, 1, 1] { granted.append(budget.withdraw(at: .at(time))) }
        #expect(granted == Array(repeating: true, count: 10) + [false, false, true, false])
    }

    @Test func `five requests earn a retry at a fifth`() {
        var budget = RetryBudget(share: 0.2, now: .at(0))
        while budget.withdraw(at: .at(0)) {}
        for _ in 0..<4 { budget.recordRequest() }
        expect(&budget, .at(0), false)
        budget.recordRequest()
        expect(&budget, .at(0), true)
    }

    @Test(arguments: 0..<50)
    func `retries stay within the share, the reserve and the time that passed`(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let share = Double.random(in: 0...1, using: &random)
        var budget = RetryBudget(share: share, now: .at(0))
        var (time, requests, retries) = (0.0, 0, 0)
        for _ in 0..<2000 {
            time += Double.random(in: 0...0.2, using: &random)
            if Bool.random(using: &random) {
                budget.recordRequest()
                requests += 1
            } else if budget.withdraw(at: .at(time)) {
                retries += 1
            }
            #expect(Double(retries) <= 10.001 + time + share * Double(requests))
        }
    }

    @Test func `a clock that stops or goes back refills nothing`() {
        var budget = RetryBudget(share: 0, now: .at(5))
        while budget.withdraw(at: .at(5)) {}
        expect(&budget, .at(0), false)
        expect(&budget, .at(5.5), false)
        expect(&budget, .at(6), true)
    }
}
