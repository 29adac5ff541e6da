import FleetModel
import Policy
import Testing

/// A smaller run of what `make fleet` runs at large.
struct FleetSimulationTests {
    private func tokens(_ change: (inout TokenSimulation.Plan) -> Void = { _ in }) -> TokenSimulation.Result {
        var plan = TokenSimulation.Plan()
        plan.members = 100
        change(&plan)
        return TokenSimulation.run(plan, seed: 1)
    }

    private func slots(
        _ fault: SlotSimulation.Fault = .none, seed: UInt64 = 1, _ change: (inout SlotSimulation.Plan) -> Void = { _ in }
    ) -> SlotSimulation.Result {
        var plan = SlotSimulation.Plan()
        plan.members = 20
        plan.cap = 12
        plan.hotMembers = 6
        plan.callersEach = 6
        plan.fault = fault
        plan.faultAt = 20
        plan.span = 60
        change(&plan)
        return SlotSimulation.run(plan, seed: seed)
    }

    @Test func `members that start together make one token call a credential`() {
        let result = tokens()
        #expect(result.callsEach == [1, 1, 1])
        #expect(result.failed == 0 && result.served == 300)
    }

    @Test func `members replace their tokens ahead of the end with one call a credential, made by one of them`() {
        let result = tokens {
            $0.tokenLife = 600
            // The second tokens are due at about 840 s.
            $0.span = 800
        }
        #expect(result.callsEach == [2, 2, 2])
        #expect(result.refreshed == 300 && result.lapsed == 0 && result.failed == 0)
        let calls = result.calls.sorted()
        #expect(calls[..<3].allSatisfy { $0 < 12 })
        // From 70 % of the life on, the first of the members.
        #expect(calls[3...].allSatisfy { $0 >= 420 && $0 < 450 }, "\(calls)")
    }

    @Test func `a member that dies in its token call costs one more call`() {
        let result = tokens { $0.fetcherDies = true }
        #expect(result.callsEach == [2, 2, 2])
        #expect(result.failed == 0)
        #expect(result.longestWait < 15)
    }

    @Test func `many credentials behind one address make at most 98 token calls a minute`() {
        let result = tokens {
            $0.credentials = 130
            $0.credentialsEach = 4
            $0.span = 150
        }
        #expect(result.callsEach.allSatisfy { $0 == 1 })
        #expect(result.failed == 0)
        #expect(result.mostPerMinute <= 98)
        #expect(result.mostPerMinute > 60)
    }

    @Test func `a lane with thrice the demand is full and never beyond its cap, and the members have like shares`() {
        let result = slots()
        #expect(result.peak == 12)
        #expect(result.use(15, 60) > 0.9)
        let shares = result.callsEach.sorted()
        #expect(shares[0] * 2 > shares[5])
    }

    @Test func `slots of members that crash stay taken while their calls may go on, and come back`() {
        let result = slots(.crash(share: 0.3)) { $0.span = 200 }
        #expect(result.peak == 12)
        #expect(result.use(158, 200) > 0.9)
    }

    @Test(arguments: [
        SlotSimulation.Fault.stop(share: 0.3, seconds: 15), .failOver(lost: 1), .clock(3600), .clock(-3600), .flush,
        .outage(seconds: 9),
    ])
    func `no fault takes the lane beyond its cap where exactness is chosen`(fault: SlotSimulation.Fault) {
        let result = slots(fault)
        #expect(result.peak <= 12)
        #expect(result.use(48, 60) > 0.9)
    }

    @Test(arguments: 1...6) func `members whose replies are lost use nothing that they have given up`(seed: UInt64) {
        let result = slots(.mute(share: 0.5, seconds: 30), seed: seed) {
            $0.callersEach = 3
            $0.callTime = 0.01...2
            $0.pause = 0...0.5
        }
        #expect(result.peak <= 12)
    }

    @Test(arguments: [0, 1, 1.9])
    func `slots that are not held after a crash, or not for long, are shared as any`(hold: Double) {
        let result = slots {
            $0.hold = .seconds(hold)
            $0.members = 2
            $0.hotMembers = 2
        }
        #expect(result.peak == 12)
        #expect(result.use(15, 60) > 0.9)
        let shares = result.callsEach.sorted()
        #expect(shares[0] * 2 > shares[1])
    }

    @Test(arguments: [0, 1, 10], Array(stride(from: 1, through: 9, by: 0.5)))
    func `a clock that is set forward by a little more than slots are held takes no lane beyond its cap`(
        hold: Double, beyond: Double
    ) {
        let result = slots(.clock(hold + beyond)) {
            $0.hold = .seconds(hold)
            $0.callTime = 0.3...8
        }
        #expect(result.peak <= 12)
    }

    @Test(arguments: 1...8) func `members that may use a share at first keep to the cap if they know their number`(seed: UInt64) {
        let result = slots(seed: seed) {
            $0.whenLost = .local
            $0.members = 6
            $0.callersEach = 2
            $0.callersOfFirst = 12
            $0.callTime = 2...9
            $0.pause = 0...4
        }
        #expect(result.peak <= 12)
        #expect(result.use(15, 60) > 0.7)
    }

    @Test func `more members than slots take turns`() {
        let result = slots(.none) {
            $0.members = 60
            $0.hotMembers = 60
            $0.callersEach = 1
        }
        #expect(result.peak <= 12)
        #expect(result.use(20, 60) > 0.85)
        #expect(result.callsEach.allSatisfy { $0 > 0 })
    }
}
