import Policy
import Testing
import Wire

struct StoreHealthTests {
    private var random = LargestRandom()

    /// A store that was up, and is lost at 10 s.
    private mutating func lost() -> StoreHealth {
        var health = StoreHealth(now: .at(0))
        #expect(health.tick(.at(0), using: &random) == [.dial])
        #expect(health.connected(.at(0.1)) == [.ping])
        #expect(health.ponged(.at(0.101)) == [.regained])
        #expect(health.failed(.slow, .at(10), using: &random) == [.hangUp, .lost(.slow)])
        return health
    }

    @Test func `the first quick reply makes a store that is started with its members one to use`() {
        var health = StoreHealth(now: .at(0))
        var random = random
        #expect(health.state == .starting)
        #expect(health.tick(.at(0), using: &random) == [.dial])
        #expect(health.failed(.unreachable, .at(0.01), using: &random) == [])
        #expect(health.state == .starting)
        #expect(health.nextTimer == .at(0.51))
        #expect(health.tick(.at(0.51), using: &random) == [.dial])
        _ = health.connected(.at(0.6))
        #expect(health.ponged(.at(0.61)) == [.regained])
        #expect(health.isUp)
        #expect(health.nextTimer == nil)
    }

    @Test func `a start without a store is given up after 3 s, with the reason that was seen`() {
        var health = StoreHealth(now: .at(0))
        var random = random
        var actions: [StoreHealth.Action] = []
        while let next = health.nextTimer, !actions.contains(.lost(.refused(.unauthenticated))), next < .at(10) {
            actions += health.tick(next, using: &random)
            if actions.last == .dial { actions += health.failed(.refused(.unauthenticated), next, using: &random) }
        }
        #expect(actions.contains(.lost(.refused(.unauthenticated))))
        #expect(health.since == .at(3))
    }

    @Test mutating func `three quick replies in a row bring a lost store back, and a slow one begins anew`() {
        var health = lost()
        #expect(health.tick(.at(10.5), using: &random) == [.dial])
        #expect(health.connected(.at(10.51)) == [.ping])
        #expect(health.ponged(.at(10.52)) == [])
        #expect(health.tick(.at(10.62), using: &random) == [.ping])
        #expect(health.ponged(.at(10.63)) == [])
        #expect(health.tick(.at(10.73), using: &random) == [.ping])
        // No reply within the time-out.
        #expect(health.nextTimer == .at(10.83))
        #expect(health.tick(.at(10.83), using: &random) == [.hangUp])
        #expect(health.state == .lost(.slow))

        #expect(health.tick(.at(20), using: &random) == [.dial])
        _ = health.connected(.at(20))
        #expect(health.ponged(.at(20.01)) == [])
        #expect(health.tick(.at(20.11), using: &random) == [.ping])
        #expect(health.ponged(.at(20.12)) == [])
        #expect(health.tick(.at(20.22), using: &random) == [.ping])
        #expect(health.ponged(.at(20.23)) == [.regained])
        #expect(health.isUp)
    }

    @Test mutating func `many commands that fail at once are one loss and one redial`() {
        var health = lost()
        let dialAt = health.nextTimer
        for _ in 0..<50 { #expect(health.failed(.slow, .at(10), using: &random) == []) }
        #expect(health.nextTimer == dialAt)
    }

    @Test mutating func `dials grow rarer while a store stays away, and never come all at once`() {
        var health = lost()
        var gaps: [Double] = []
        var last = Instant.at(10)
        for _ in 0..<12 {
            guard let next = health.nextTimer else { break }
            gaps.append((next - last).seconds)
            last = next
            #expect(health.tick(next, using: &random) == [.dial])
            #expect(health.failed(.unreachable, next, using: &random) == [])
        }
        #expect(gaps.count == 12)
        #expect(gaps.prefix(6).allSatisfy { $0 <= 15.001 } && gaps == gaps.sorted())
        #expect(gaps.last.map { $0 > 14.9 } == true)

        var dials: Set<Instant> = []
        for seed in 0..<UInt64(100) {
            var random = SplitMix64(seed: seed)
            var health = StoreHealth(now: .at(0))
            _ = health.tick(.at(0), using: &random)
            _ = health.failed(.unreachable, .at(0), using: &random)
            if let next = health.nextTimer { dials.insert(next) }
        }
        #expect(dials.count > 90)
    }

    /// A store that replies to PING is regained at its next dial. The time from the loss to that dial.
    private mutating func regain(_ health: inout StoreHealth, _ now: inout Instant) throws -> Double {
        let lostAt = now
        now = try #require(health.nextTimer)
        let gap = (now - lostAt).seconds
        #expect(health.tick(now, using: &random) == [.dial])
        #expect(health.connected(now) == [.ping])
        while !health.isUp {
            #expect(health.ponged(now).count <= 1)
            guard let next = health.nextTimer else { break }
            now = next
            _ = health.tick(now, using: &random)
        }
        return gap
    }

    @Test mutating func `a store that replies to PING and to nothing else is dialled ever more rarely`() throws {
        var health = lost()
        var now = Instant.at(10)
        var gaps: [Double] = []
        for _ in 0..<8 {
            gaps.append(try regain(&health, &now))
            now = now + .milliseconds(1)
            #expect(health.failed(.refused(.outOfMemory), now, using: &random) == [.hangUp, .lost(.refused(.outOfMemory))])
        }
        #expect(gaps == gaps.sorted() && gaps.first == 0.5)
        #expect(gaps.last.map { $0 > 14.9 } == true, "\(gaps)")
        // It works again, for long enough.
        _ = try regain(&health, &now)
        now = now + .seconds(15)
        _ = health.failed(.slow, now, using: &random)
        #expect(health.nextTimer == now + .milliseconds(500))
    }
}
