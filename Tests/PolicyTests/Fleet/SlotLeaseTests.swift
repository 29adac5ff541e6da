import Policy
import Testing
import Wire

struct SlotLeaseTests {
    private var random = SplitMix64(seed: 6)
    private var lease = SlotLease(member: "me", settings: .init(cap: 40, whenLost: .wait, members: 8))

    private func store(_ seconds: Double) -> StoreTime { StoreTime(microseconds: Int64(seconds * 1e6)) }

    private func reply(_ now: Double, granted: Int, use: Int, total: Int = 40, again: Double = 0.1, learnUntil: Double = 0) throws
        -> LeaseReply?
    {
        let numbers: [Int64] = [
            Int64(granted), Int64(use), Int64(total), 0, Int64(again * 1e6), store(learnUntil).microseconds,
        ]
        let value = RESPValue.array(
            [.bulk(Array("lease".utf8)), .integer(store(now).microseconds)] + numbers.map { .integer($0) })
        return try LeaseReply.read(value)
    }

    /// How many of `count` calls may start at `now`.
    private mutating func starts(_ count: Int, at now: Double) -> Int { (0..<count).count { _ in lease.start(.at(now)) } }

    private mutating func due(_ now: Instant) throws -> LeaseReport {
        let report = lease.report(now)
        return try #require(report)
    }

    /// Reports at `now` and gets the reply 10 ms later.
    private mutating func renew(_ now: Double, granted: Int, use: Int, total: Int = 40, again: Double = 0.1) throws -> LeaseReport
    {
        let report = try due(.at(now))
        let reply = try reply(now, granted: granted, use: use, total: total, again: again)
        lease.replied(reply, to: report, .at(now + 0.01), using: &random)
        return report
    }

    @Test mutating func `nothing starts before the store has granted it`() throws {
        #expect(starts(1, at: 0) == 0)
        lease.waiting = 3
        let report = try renew(0, granted: 2, use: 2)
        #expect(report.want == 4 && report.keep == 0 && report.seq == 1)
        #expect(starts(3, at: 0.02) == 2)
    }

    @Test mutating func `nothing starts close to the end of a lease or after it, and what is in flight goes on`() throws {
        lease.waiting = 3
        _ = try renew(0, granted: 2, use: 2)
        #expect(starts(1, at: 5.69) == 1)
        // The lease counts from when it was asked for.
        #expect(starts(1, at: 5.71) == 0)
        #expect(lease.inFlight == 1)
        let report = try due(.at(7))
        #expect(report.keep == 1)
    }

    @Test mutating func `a lease is renewed every third of its life, and given back when it is idle`() throws {
        _ = lease.start(.at(0))
        lease.waiting = 1
        _ = try renew(0, granted: 2, use: 2, total: 2)
        #expect(starts(1, at: 0.02) == 1)
        lease.waiting = 0
        #expect(lease.nextReport(.at(0.03)) == .at(2))
        _ = try renew(2, granted: 2, use: 2, total: 2)
        lease.ended(.at(2.5))
        // Room is kept for a while, for a round trip less.
        let idle = try renew(4, granted: 1, use: 1, total: 1)
        #expect(idle.want == 1)
        let last = try renew(8.6, granted: 0, use: 0, total: 0)
        #expect(last.want == 0 && last.keep == 0)
        #expect(lease.nextReport(.at(9)) == nil)
    }

    @Test mutating func `until the reply is here only what was kept is used`() throws {
        lease.waiting = 30
        _ = try renew(0, granted: 20, use: 20)
        #expect(starts(20, at: 0.02) == 20)
        // Others wait: the store grants what is in use, and wants it back.
        _ = try renew(2, granted: 20, use: 5)
        for _ in 0..<18 { lease.ended(.at(2.1)) }
        let report = try due(.at(2.1))
        #expect(report.keep == 2)
        #expect(lease.limit(.at(2.1)) == 2)
        #expect(starts(1, at: 2.11) == 0)
        lease.replied(try reply(2.1, granted: 5, use: 5), to: report, .at(2.12), using: &random)
        #expect(lease.limit(.at(2.12)) == 5)
    }

    @Test mutating func `where others wait each end is reported, and otherwise not`() throws {
        lease.waiting = 3
        _ = try renew(0, granted: 3, use: 3, total: 3)
        #expect(starts(3, at: 0.02) == 3)
        lease.waiting = 0
        lease.ended(.at(0.5))
        #expect(lease.nextReport(.at(0.5)) == .at(2))
        _ = try renew(2, granted: 2, use: 1, total: 40)
        lease.ended(.at(2.5))
        #expect(lease.nextReport(.at(2.5)) == .at(2.5))
    }

    @Test mutating func `a reply to an earlier report is ignored`() throws {
        lease.waiting = 3
        let first = try due(.at(0))
        lease.storeLost()
        lease.storeRegained(.at(1))
        let second = try due(.at(1))
        #expect(second.seq == 2)
        lease.replied(try reply(0, granted: 30, use: 30), to: first, .at(1.1), using: &random)
        #expect(lease.limit(.at(1.1)) == 0)
        lease.replied(try reply(1, granted: 3, use: 3), to: second, .at(1.2), using: &random)
        #expect(lease.limit(.at(1.2)) == 3)
    }

    @Test mutating func `without the store an exact member uses its lease up and then waits`() throws {
        lease.waiting = 9
        _ = try renew(0, granted: 9, use: 9)
        lease.storeLost()
        #expect(lease.nextReport(.at(1)) == nil)
        #expect(lease.limit(.at(1)) == 9)
        #expect(lease.limit(.at(6)) == 0)
    }

    @Test mutating func `without the store an available member has its share of the cap at least`() throws {
        lease.settings.whenLost = .local
        #expect(lease.limit(.at(0)) == 0)
        lease.storeLost()
        #expect(lease.limit(.at(0)) == 5)
        lease.settings.members = 1000
        #expect(lease.limit(.at(0)) == 1)
        // Until the store has said otherwise, of what the report keeps.
        lease.storeRegained(.at(1))
        #expect(lease.limit(.at(1)) == 1)
        lease.waiting = 3
        let report = try due(.at(1))
        #expect(report.keep == 1 && lease.limit(.at(1)) == 1)
        lease.replied(try reply(1, granted: 0, use: 0), to: report, .at(1.01), using: &random)
        #expect(lease.limit(.at(1.01)) == 0)
    }

    @Test mutating func `a store that is connected for the first time decides also where members go on without it`() throws {
        lease.settings.whenLost = .local
        lease.storeRegained(.at(1))
        #expect(lease.limit(.at(1)) == 0)
    }

    @Test mutating func `what a lost report gave up is not used again`() throws {
        lease.waiting = 20
        _ = try renew(0, granted: 20, use: 20, total: 40)
        #expect(starts(5, at: 0.02) == 5)
        lease.waiting = 0
        let report = try due(.at(2))
        #expect(report.want == 5 && report.keep == 5)
        // The store has it, and has given the rest to others; its reply does not arrive.
        lease.storeLost()
        #expect(lease.limit(.at(2.1)) == 5)
        lease.waiting = 15
        lease.storeRegained(.at(3))
        #expect(try due(.at(3)).keep == 5)
    }

    @Test mutating func `a report that the store cannot take now changes nothing, and is repeated soon`() throws {
        lease.waiting = 3
        _ = try renew(0, granted: 2, use: 2)
        #expect(starts(2, at: 0.02) == 2)
        let report = try due(.at(2))
        lease.unanswered(report, .at(2.01))
        #expect(lease.limit(.at(2.02)) == 2 && !lease.isReporting)
        #expect(lease.nextReport(.at(2.02)) == .at(2.51))
        // The lease ends meanwhile, which counts once.
        for now in [6.0, 7, 8] { lease.unanswered(try due(.at(now)), .at(now)) }
        #expect(lease.losses == 1)
        #expect(lease.limit(.at(8)) == 0)
        lease.settings.whenLost = .local
        #expect(lease.limit(.at(8)) == 5)
    }

    @Test mutating func `times that no script replies with are not waited for`() throws {
        lease.waiting = 9
        _ = try renew(0, granted: 0, use: 0, again: -1)
        #expect(lease.nextReport(.at(0.01)).map { $0 >= .at(0.02) } == true)
        _ = try renew(1, granted: 0, use: 0, again: 1e12)
        #expect(lease.nextReport(.at(1.01)).map { $0 <= .at(7.02) } == true)
    }

    @Test mutating func `while the store learns an exact member starts no more than it had`() throws {
        lease.waiting = 9
        let report = try due(.at(0))
        lease.replied(try reply(0, granted: 0, use: 0, learnUntil: 6), to: report, .at(0.01), using: &random)
        #expect(lease.limit(.at(1)) == 0)
        #expect(lease.nextReport(.at(1)).map { $0 < .at(2.01) } == true)
    }

    @Test mutating func `while the store learns an available member uses its share once the store knows`() throws {
        lease.settings.whenLost = .local
        lease.waiting = 2
        let first = try due(.at(0))
        #expect(first.keep == 0)
        lease.replied(try reply(0, granted: 0, use: 0, total: 0, learnUntil: 6), to: first, .at(0.001), using: &random)
        #expect(lease.limit(.at(0.001)) == 0 && lease.nextReport(.at(0.001)) == .at(0.01))
        let second = try due(.at(0.01))
        #expect(second.want == 3 && second.keep == 3 && lease.limit(.at(0.01)) == 0)
        lease.replied(try reply(0.01, granted: 3, use: 3, total: 3, learnUntil: 6), to: second, .at(0.011), using: &random)
        #expect(starts(4, at: 0.02) == 3)
        // More are wanted than the share.
        lease.waiting = 9
        let third = try due(.at(0.03))
        #expect(third.want == 18 && third.keep == 5)
        lease.replied(try reply(0.03, granted: 5, use: 5, total: 5, learnUntil: 6), to: third, .at(0.031), using: &random)
        #expect(starts(9, at: 0.04) == 2)
        #expect(lease.nextReport(.at(0.05)).map { $0 > .at(0.08) } == true)
    }

    @Test mutating func `a share is not taken so late that the store may have given it to others`() throws {
        lease.settings.whenLost = .local
        lease.waiting = 2
        for (now, keep) in [(5.85, 3), (5.95, 0), (6.05, 0)] {
            lease.storeLost()
            lease.storeRegained(.at(now - 1))
            lease.waiting = 2
            let report = try due(.at(now - 1))
            lease.replied(
                try reply(now - 1, granted: 0, use: 0, total: 0, learnUntil: 6), to: report, .at(now - 0.9), using: &random)
            #expect(try due(.at(now)).keep == keep, "at \(now) s")
        }
    }

    @Test mutating func `requests that come to wait in a full lane make no reports of their own`() throws {
        lease.waiting = 100
        _ = try renew(0, granted: 4, use: 4, again: 0.5)
        #expect(starts(4, at: 0.02) == 4)
        var reports = 0
        for millisecond in 20..<4000 {
            let now = Double(millisecond) / 1000
            lease.waiting += 1
            guard let report = lease.report(.at(now)) else { continue }
            reports += 1
            lease.replied(try reply(now, granted: 4, use: 4, again: 0.5), to: report, .at(now + 0.001), using: &random)
        }
        #expect((6...11).contains(reports))
    }

    @Test mutating func `a member that leaves keeps what is in flight, and gives the rest back at once`() throws {
        lease.waiting = 4
        _ = try renew(0, granted: 4, use: 4, total: 4)
        #expect(starts(1, at: 0.02) == 1)
        lease.waiting = 0
        #expect(lease.nextReport(.at(0.03)) == .at(2))
        lease.leave(servesQueue: false)
        #expect(lease.nextReport(.at(0.03)) == .at(0.03))
        let report = try renew(0.03, granted: 1, use: 1, total: 1)
        #expect(report.want == 1 && report.keep == 1)
        #expect(!lease.isIdle && lease.nextReport(.at(0.05)) == .at(2.03))
        lease.ended(.at(1))
        let last = try renew(1, granted: 0, use: 0, total: 0)
        #expect(last.want == 0 && last.keep == 0)
        #expect(lease.isIdle && lease.nextReport(.at(1.1)) == nil)
    }

    @Test mutating func `a member whose configuration ends gets slots for those that wait, and no others`() throws {
        lease.waiting = 2
        _ = try renew(0, granted: 3, use: 3, total: 3)
        #expect(starts(2, at: 0.02) == 2)
        lease.leave(servesQueue: true)
        lease.waiting = 2
        let report = try renew(0.05, granted: 4, use: 4, total: 4)
        #expect(report.want == 4)
        #expect(starts(3, at: 0.07) == 2)
        lease.leave(servesQueue: false)
        #expect(try due(.at(3)).want == 4)
    }

    @Test mutating func `slots that are not needed anymore when the store is back are given back`() throws {
        lease.waiting = 3
        _ = try renew(0, granted: 3, use: 3, total: 3)
        #expect(starts(1, at: 0.02) == 1)
        lease.waiting = 0
        lease.storeLost()
        lease.ended(.at(1))
        lease.storeRegained(.at(9))
        // Else they would count as those of a lost member.
        #expect(lease.nextReport(.at(9)) == .at(9) && !lease.isIdle)
        _ = try renew(9, granted: 0, use: 0, total: 0)
        #expect(lease.isIdle && lease.nextReport(.at(9.1)) == nil)
    }

    @Test mutating func `a lease that ended before it was renewed is counted once`() throws {
        lease.waiting = 3
        _ = try renew(0, granted: 3, use: 3)
        _ = try renew(2, granted: 3, use: 3)
        #expect(lease.losses == 0 && lease.leased(.at(7)) == 3)
        #expect(lease.leased(.at(8)) == 0)
        _ = try renew(9, granted: 3, use: 3)
        _ = try renew(11, granted: 3, use: 3)
        #expect(lease.losses == 1)
    }

    @Test func `what is no reply of the script is told from one`() {
        #expect(throws: LeaseReply.Malformed.reply) { try LeaseReply.read(.null) }
        #expect(throws: LeaseReply.Malformed.reply) {
            try LeaseReply.read(.array([.bulk(Array("lease".utf8)), .integer(1), .integer(-1)]))
        }
        for place in 0..<4 {
            var counts = [RESPValue](repeating: .integer(1), count: 6)
            counts[place] = .integer(.max)
            #expect(throws: LeaseReply.Malformed.reply) {
                try LeaseReply.read(.array([.bulk(Array("lease".utf8)), .integer(1)] + counts))
            }
        }
        #expect((try? LeaseReply.read(.array([.bulk(Array("stale".utf8)), .integer(1)]))) == .some(nil))
    }
}
