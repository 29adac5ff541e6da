import Foundation
import Testing

/// Members whose store is there, but does not do what they ask, with tokens, slots and rates shared.
@Suite(.serialized, .enabled(if: FleetScene.isAvailable, "redis-server is not installed"))
struct FleetRefusalTests {
    /// What goes wrong, by the reason that members show for it.
    enum Trouble: String, CaseIterable, Sendable {
        case pause = "slow"
        case outOfMemory = "out-of-memory"
        case right = "forbidden"
        case user = "unauthenticated"
        case loading = "loading"

        func begin(_ scene: FleetScene) throws {
            switch self {
            case .pause: try scene.administrate("CLIENT", "PAUSE", "8000", "ALL")
            case .outOfMemory: try scene.administrate("CONFIG", "SET", "maxmemory", "1")
            case .right: try scene.administrate("ACL", "SETUSER", "zg", "-hset")
            case .user:
                try scene.administrate("ACL", "SETUSER", "zg", "off")
                try scene.administrate("CLIENT", "KILL", "USER", "zg")
            case .loading:
                // 8 s, in which it serves clients now and then.
                try scene.administrate("CONFIG", "SET", "key-load-delay", "4000")
                try scene.administrate("CONFIG", "SET", "loading-process-events-interval-bytes", "1024")
                try scene.administrate("DEBUG", "POPULATE", "2000", "filler", "32")
                try scene.servers.begin(0, ["DEBUG", "RELOAD"])
            }
        }

        func end(_ scene: FleetScene) throws {
            switch self {
            case .pause, .loading: break
            case .outOfMemory: try scene.administrate("CONFIG", "SET", "maxmemory", "0")
            case .right: try scene.administrate("ACL", "SETUSER", "zg", "+hset")
            case .user: try scene.administrate("ACL", "SETUSER", "zg", "on")
            }
        }
    }

    @Test(arguments: Trouble.allCases)
    func `a store that delays or refuses commands costs no request, and is shown with the reason`(trouble: Trouble) async throws {
        let shared = "fleet_concurrency = 30\nfleet_rate = 1000"
        try await FleetScene.run(FleetScene.Settings(members: 2, fleet: "timeout = \"500ms\"", acme: shared)) { scene in
            try scene.control.liftLimits()
            #expect(scene.failures() == [])
            #expect(try scene.areAll("up"))
            try trouble.begin(scene)
            for member in [0, 1] {
                // A store that replies to PING is in use again for a moment after each dial.
                let isShown = try eventually(within: 30) {
                    #expect(scene.failures() == [])
                    let readiness = try scene.readiness(member)
                    #expect(readiness.status == 200)
                    return readiness.store == "lost" && readiness.reason == trouble.rawValue
                }
                let losses = try scene.losses(member)
                #expect(isShown, "\(losses)")
            }
            try scene.control.call("POST", "revoke", "{}")
            #expect(scene.failures() == [])
            try trouble.end(scene)
            #expect(try eventually(within: 40) { try scene.areAll("up") })
            #expect(scene.failures() == [])
        }
    }
}
