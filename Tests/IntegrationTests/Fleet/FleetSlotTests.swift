import Foundation
import Testing

/// Slots that members share through a real store, by the stand-in's book of calls in flight.
@Suite(.serialized, .enabled(if: FleetScene.isAvailable, "redis-server is not installed"))
struct FleetSlotTests {
    private func settings(
        members: Int = 3, cap: Int = 4, whenLost: String = "wait", hold: String = "2s", acme: String = ""
    ) -> FleetScene.Settings {
        FleetScene.Settings(
            members: members,
            fleet: "lease = \"1s\"\nwhen_lost = \"\(whenLost)\"\ncrash_hold = \"\(hold)\"\nmembers = \(members)",
            acme: "fleet_concurrency = \(cap)\nqueue_timeout = \"60s\"\n\(acme)")
    }

    @Test func `members have no more calls in flight than the fleet's slots, and use them all`() async throws {
        try await FleetScene.run(settings(members: 4, cap: 6)) { scene in
            try scene.slowDown("200ms")
            #expect(scene.statuses(callers: 6, calls: 3) == Array(repeating: 200, count: 4 * 6 * 3))
            #expect(try scene.peak() == 6)
            let metrics = try scene.metrics()
            #expect(metrics.contains(#"fleet_slots{tenant="acme",entity="emea",kind="used"} 0"#), "\(metrics)")
            #expect(metrics.contains("fleet_leases_lost_total 0"))
            #expect(try eventually(within: 30) { try scene.metrics().contains("fleet_members 4") })
        }
    }

    @Test func `the slots of a member that was killed stay taken for as long as its calls may go on`() async throws {
        try await FleetScene.run(settings(members: 2, hold: "4s")) { scene in
            try scene.slowDown("60s", times: 4)
            let holders = scene.begin(4, at: 0)
            #expect(try eventually { try scene.inFlight() == 4 })
            scene.members[0].signal(SIGKILL)
            scene.members[0].waitForEnd()
            let heir = scene.begin(1, at: 1)
            #expect(try eventually { try scene.metrics(1).contains(#"entity="emea",kind="held"} 4"#) })
            #expect(heir.statuses() == [200])
            _ = holders.statuses()
        }
    }

    @Test func `a member that is suspended and goes on starts nothing on a lease that has ended`() async throws {
        try await FleetScene.run(settings()) { scene in
            try scene.slowDown("100ms")
            let calls = scene.begin(6, at: 0, calls: 20) + scene.begin(6, at: 1, calls: 20) + scene.begin(6, at: 2, calls: 20)
            #expect(try eventually { try scene.peak() == 4 })
            scene.members[0].signal(SIGSTOP)
            // The others have its slots once they have been held for long enough.
            #expect(try eventually(within: 30) { try scene.metrics(1).contains(#"entity="emea",kind="held"} 0"#) })
            scene.members[0].signal(SIGCONT)
            #expect(calls.statuses().allSatisfy { $0 == 200 })
            #expect(try scene.peak() == 4)
        }
    }

    @Test func `a member that ends gives its slots back`() async throws {
        try await FleetScene.run(settings(members: 2, cap: 1, hold: "600s")) { scene in
            #expect(scene.begin(1, at: 0).statuses() == [200])
            scene.members[0].signal(SIGTERM)
            scene.members[0].waitForEnd()
            #expect(scene.begin(1, at: 1).statuses() == [200])
        }
    }

    @Test func `a store that is emptied is told what is in use before it grants more`() async throws {
        try await FleetScene.run(settings()) { scene in
            try scene.slowDown("100ms")
            let calls = scene.begin(6, at: 0, calls: 10) + scene.begin(6, at: 1, calls: 10) + scene.begin(6, at: 2, calls: 10)
            #expect(try eventually { try scene.peak() == 4 })
            for _ in 0..<3 { try scene.administrate("FLUSHALL") }
            #expect(calls.statuses().allSatisfy { $0 == 200 })
            #expect(try scene.peak() == 4)
        }
    }

    @Test(arguments: [SIGKILL, SIGSTOP])
    func `without the store each member goes on with its share, and no request fails`(signal: Int32) async throws {
        try await FleetScene.run(settings(cap: 6, whenLost: "local")) { scene in
            try scene.slowDown("50ms")
            #expect(scene.statuses(callers: 2, calls: 2).allSatisfy { $0 == 200 })
            scene.store.signal(signal)
            #expect(scene.statuses(callers: 6, calls: 4).allSatisfy { $0 == 200 })
            #expect(try eventually(within: 30) { try scene.areAll("lost") })
            try scene.control.call("POST", "reset", #"{"only":["peaks"]}"#)
            #expect(scene.statuses(callers: 6, calls: 4).allSatisfy { $0 == 200 })
            #expect(try scene.peak() == 6)
        }
    }

    @Test func `a reload with another limit counts the calls of the former one, and serves those that wait`() async throws {
        try await FleetScene.run(settings(members: 1, cap: 3)) { scene in
            try scene.slowDown("5s", times: 3)
            let first = scene.begin(6, at: 0)
            #expect(try eventually { try scene.inFlight() == 3 })
            try scene.reload(0, replacing: "fleet_concurrency = 3", with: "fleet_concurrency = 4")
            let second = scene.begin(4, at: 0)
            #expect(first.statuses() + second.statuses() == Array(repeating: 200, count: 10))
            #expect(try scene.peak() <= 4)
        }
    }
}
