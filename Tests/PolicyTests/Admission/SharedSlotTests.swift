import Policy
import Testing
import Wire

/// A tenant's limits with its share of a fleet's slots.
struct SharedSlotTests {
    private var random = SplitMix64(seed: 8)
    private var limiter = Self.limiter()

    /// Two entities, so three lanes.
    private static func limiter(concurrency: Int = 20, whenLost: SlotLease.WhenLost = .wait) -> SlotLimiter {
        SlotLimiter(
            .init(concurrency: concurrency, queue: 100, queueTimeout: .seconds(10)),
            lanes: SlotLanes(entities: 2, member: "me", settings: .init(cap: 12, whenLost: whenLost, members: 4)))
    }

    private mutating func acquire(_ ids: ClosedRange<UInt64>, entity: Int?, at now: Double) -> Int {
        ids.count { limiter.acquire($0, entity: entity, now: .at(now)) == .admitted }
    }

    /// The requests that start when the store grants a lane so many slots.
    private mutating func grant(_ count: Int, lane: Int, at now: Double) throws -> (report: LeaseReport, started: [UInt64]) {
        let due = limiter.report(lane: lane, .at(now)).report
        let report = try #require(due)
        let numbers = [count, count, count, 0, 100_000, 0].map { RESPValue.integer(Int64($0)) }
        let value = RESPValue.array([.bulk(Array("lease".utf8)), .integer(Int64(now * 1e6))] + numbers)
        let reply = try LeaseReply.read(value)
        var started: [UInt64] = []
        limiter.change(lane: lane, .at(now + 0.001), granted: &started) {
            $0.replied(reply, to: report, .at(now + 0.001), using: &random)
        }
        return (report, started)
    }

    @Test mutating func `requests wait in order until the store has granted their entity slots`() throws {
        #expect(acquire(1...3, entity: 0, at: 1) == 0)
        #expect(acquire(4...5, entity: nil, at: 1) == 0)
        let first = try grant(2, lane: 1, at: 1)
        #expect(first.report.want == 4 && first.started == [1, 2])
        let second = try grant(3, lane: 0, at: 1)
        #expect(second.report.want == 3 && second.started == [4, 5])
        #expect(acquire(6...7, entity: nil, at: 1.1) == 1)
        #expect(limiter.inFlight == 5 && limiter.waiting == 2)
        var started: [UInt64] = []
        limiter.release(entity: 0, held: .milliseconds(10), now: .at(1.2), granted: &started)
        #expect(started == [3])
    }

    @Test mutating func `the driver is told once of a shortage, and not of what it expects`() throws {
        #expect(acquire(1...1, entity: 0, at: 1) == 0)
        #expect(limiter.takeDueLanes(0, .at(1)) == [1])
        #expect(limiter.takeDueLanes(0, .at(1)) == [])
        _ = try grant(2, lane: 1, at: 1)
        let next = limiter.report(lane: 1, .at(1.1))
        #expect(next.report == nil && next.next == .at(3))
        // Within the lease nothing is said, whether calls start or end.
        #expect(acquire(2...2, entity: 0, at: 1.1) == 1)
        #expect(limiter.takeDueLanes(0, .at(1.1)) == [])
        var started: [UInt64] = []
        limiter.release(entity: 0, held: .milliseconds(10), now: .at(1.2), granted: &started)
        #expect(limiter.takeDueLanes(0, .at(1.2)) == [])
        #expect(acquire(3...4, entity: 0, at: 1.3) == 1)
        #expect(limiter.takeDueLanes(0, .at(1.3)) == [1])
    }

    @Test mutating func `no slots are claimed for requests that another limit holds back`() throws {
        limiter = Self.limiter(concurrency: 3)
        #expect(acquire(1...9, entity: 0, at: 1) == 0)
        #expect(try grant(4, lane: 1, at: 1).report.want == 4)
        #expect(limiter.report(lane: 1, .at(1.01)).next == .at(3))
        #expect(acquire(10...19, entity: 1, at: 1.1) == 0)
        #expect(limiter.takeDueLanes(1, .at(1.1)) == [])
        // A call has ended, so there is room for one of the other entity, after those that have waited for longer.
        var started: [UInt64] = []
        limiter.release(entity: 0, held: .milliseconds(10), now: .at(1.2), granted: &started)
        #expect(started == [4])
        for id in UInt64(5)...9 { _ = limiter.cancel(id) }
        limiter.release(entity: 0, held: .milliseconds(10), now: .at(1.3), granted: &started)
        #expect(limiter.takeDueLanes(0, .at(1.3)) == [2])
        #expect(limiter.report(lane: 2, .at(1.3)).report?.want == 2)
    }

    @Test mutating func `nothing starts after a lease has ended, though slots are free`() throws {
        #expect(acquire(1...1, entity: 0, at: 1) == 0)
        _ = try grant(3, lane: 1, at: 1)
        #expect(acquire(2...2, entity: 0, at: 6) == 1)
        #expect(acquire(3...3, entity: 0, at: 8) == 0)
    }

    @Test mutating func `without the store requests start up to an even share`() {
        limiter = Self.limiter(whenLost: .local)
        #expect(acquire(1...5, entity: 0, at: 1) == 0)
        var started: [UInt64] = []
        limiter.change(lane: 1, .at(1), granted: &started) { $0.storeLost() }
        #expect(started == [1, 2, 3])
    }
}
