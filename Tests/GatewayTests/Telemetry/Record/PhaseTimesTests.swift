import Testing
import Wire

@testable import Gateway

@Suite struct PhaseTimesTests {
    @Test func `a phase that did not take place has no time`() {
        let times = PhaseTimes()
        for phase in RequestPhase.allCases { #expect(times[phase] == nil) }
    }

    @Test func `a wait that has failed at once is none`() {
        let (a, b) = (Instant(nanoseconds: 1000), Instant(nanoseconds: 3500))
        var times = PhaseTimes()
        times.addWait(.queue, from: a, to: a, hasFailed: true)
        #expect(times[.queue] == nil)
        times.addWait(.queue, from: a, to: a, hasFailed: false)
        #expect(times[.queue] == .zero)
        times.addWait(.queue, from: a, to: b, hasFailed: true)
        #expect(times[.queue] == .nanoseconds(2500))
    }

    @Test func `set replaces, add adds, and time never runs backwards`() {
        let (a, b) = (Instant(nanoseconds: 1000), Instant(nanoseconds: 3500))
        var times = PhaseTimes()
        times.add(.token, from: a, to: b)
        #expect(times[.token] == .nanoseconds(2500))
        times.add(.token, from: a, to: b)
        #expect(times[.token] == .nanoseconds(5000))
        times.set(.token, from: a, to: b)
        #expect(times[.token] == .nanoseconds(2500))
        times.set(.token, from: b, to: a)
        #expect(times[.token] == .zero)
        times[.token] = nil
        #expect(times[.token] == nil)
        times[.token] = .seconds(-1)
        #expect(times[.token] == .zero)
        times[.queue] = .nanoseconds(Int64.max)
        times.add(.queue, from: a, to: b)
        #expect(times[.queue] == .nanoseconds(Int64.max))
        #expect(times[.connect] == nil)
    }
}
