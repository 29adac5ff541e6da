import Foundation

/// Requests to members, and what the stand-in sees of them.
extension FleetScene {
    /// Requests under way, each caller's one after another.
    final class Calls: @unchecked Sendable {
        // Unchecked: `lock` guards what changes.
        private let lock = NSLock()
        private var found: [Int] = []
        private let group = DispatchGroup()

        fileprivate func begin(_ count: Int, _ body: @escaping @Sendable () -> [Int]) {
            for _ in 0..<count {
                group.enter()
                Thread { [self] in
                    let statuses = body()
                    lock.withLock { found += statuses }
                    group.leave()
                }.start()
            }
        }

        /// All statuses, once all requests have ended; 0 for a lost connection.
        func statuses() -> [Int] {
            group.wait()
            return lock.withLock { found }
        }

        static func + (a: Calls, b: Calls) -> Both { Both(parts: [a, b]) }

        struct Both {
            let parts: [Calls]

            func statuses() -> [Int] { parts.flatMap { $0.statuses() } }

            static func + (a: Both, b: Calls) -> Both { Both(parts: a.parts + [b]) }
        }
    }

    /// Starts callers for acme at a member, without waiting for them.
    func begin(_ callers: Int, at member: Int, calls: Int = 1) -> Calls {
        let all = Calls()
        all.begin(callers) { [self] in
            (0..<calls).map { _ in (try? send(.get("executing", ["X-Zuora-Tenant": "acme"]), to: member).status) ?? 0 }
        }
        return all
    }

    /// The statuses of requests of so many callers at every member.
    func statuses(callers: Int, calls: Int) -> [Int] {
        members.indices.map { begin(callers, at: $0, calls: calls) }.flatMap { $0.statuses() }
    }

    /// Makes calls take this long, and keeps Zuora's own limits out of the way.
    func slowDown(_ time: String, times: Int? = nil) throws {
        try control.liftLimits()
        let limit = times.map { ",\"times\":\($0)" } ?? ""
        try control.fault(#"{"effect":"slow-\#(time)","match":{"path":"/v1/batch-query/jobs/executing"}\#(limit)}"#)
    }

    /// The most calls of one entity that were in flight at once.
    func peak() throws -> Int { try count("peak_in_flight") { $0.max() } }

    func inFlight() throws -> Int { try count("in_flight") { $0.reduce(0, +) } }

    private func count(_ member: String, _ total: ([Int]) -> Int?) throws -> Int {
        let counts = try control.call("GET", "status")[member] as? [String: Int] ?? [:]
        return total(Array(counts.values)) ?? 0
    }

    /// Changes a member's configuration, and waits until it is in use.
    func reload(_ member: Int, replacing old: String, with new: String) throws {
        let file = directory.appending(path: "member-\(member).conf")
        let text = try String(contentsOf: file, encoding: .utf8).replacing(old, with: new)
        try text.write(to: file, atomically: true, encoding: .utf8)
        members[member].signal(SIGHUP)
        _ = try eventually { try metrics(member).contains("zuora_gateway_configuration_reloads_total{result=\"done\"} 1") }
    }
}
