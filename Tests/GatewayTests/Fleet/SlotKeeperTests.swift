import Network
import Policy
import Synchronization
import Testing
import Wire

@testable import Gateway

/// How this member's lanes live and end.
@Suite(.timeLimit(.minutes(1))) struct SlotKeeperTests {
    /// Lanes that workers have told the driver of.
    private final class Told: Sendable {
        private let lanes = Mutex<[Int]>([])

        func add(_ due: TenantAdmission.Due) { lanes.withLock { $0 += due.lanes } }

        func take() -> [Int] {
            lanes.withLock { lanes in
                defer { lanes = [] }
                return lanes
            }
        }
    }

    /// A store that grants what is wanted.
    private static func generous() throws -> StandInStore {
        try StandInStore { run in
            guard run.script == "lease" else { return .reply("members", .integer(1)) }
            let want = RESPValue.integer(Int64(wanted(run)) ?? 0)
            return .reply("lease", want, want, want, .integer(0), .integer(1000), .integer(0))
        }
    }

    /// The fourth word from the end of LEASE: before it `seq` and `cap`, after it `keep`, `life` and `hold`.
    private static func wanted(_ run: StandInStore.Run) -> String { run.words.dropLast(3).last ?? "" }

    @Test func `a request that began before a reload gets a slot after its back-off, and the lane ends with it`() async throws {
        let store = try Self.generous()
        defer { store.close() }
        try await KeeperLoop.with { loop in
            let client = StoreClient(store.settings, reactor: loop.reactor, upstream: loop.client, log: loop.log)
            defer { client.close() }
            let slots = SlotKeeper(try #require(Fleet(store.settings, key: nil, store: client)), reactor: loop.reactor)
            client.begin()
            while !client.health.isUp { await loop.reactor.yield() }

            var settings = TenantSettings(
                name: "acme", upstream: UpstreamSettings(url: "http://127.0.0.1:1"),
                credential: .client(id: "id", secret: .literal("secret")))
            settings.admission.fleetConcurrency = 4
            let told = Told()
            var admission: TenantAdmission? = TenantAdmission(
                settings, now: .now(), lanes: slots.lanes(settings, id: 1, entities: 0), onDue: told.add)
            weak let last = admission
            do {
                let admission = try #require(admission)
                #expect(slots.add(admission, id: 1, tenant: "acme", entities: []))
                func takeSlot(isRepeat: Bool, _ loop: isolated KeeperLoop) async {
                    _ = admission.acquireSlot(entity: nil, now: .now(), deadline: .distantFuture, isRepeat: isRepeat)
                    while admission.inFlight == 0 {
                        slots.due(1, told.take())
                        await loop.reactor.yield()
                    }
                }
                await takeSlot(isRepeat: false, loop)
                admission.releaseSlot(entity: nil, held: .zero, now: .now())
                slots.keepOnly([])
                while admission.lease(lane: 0)?.isIdle != true { await loop.reactor.yield() }
                #expect(store.runs.last.map(Self.wanted) == "0")
                await takeSlot(isRepeat: true, loop)
                admission.releaseSlot(entity: nil, held: .zero, now: .now())
                slots.due(1, told.take())
                while admission.lease(lane: 0)?.isIdle != true { await loop.reactor.yield() }
            }
            admission = nil
            while last != nil { await loop.reactor.yield() }
            slots.keepOnly([])
            #expect(slots.status.isEmpty)
        }
    }
}
