import Network
import Policy
import Synchronization
import Wire

/// Coalesces identical cancels in flight at the same time into one upstream call: the first one leads, the others wait for its result.
/// Shared by all workers.
///
///     absent -> led -> finished: the followers have the result, and the next identical cancel leads again
final class Coalescer: Sendable {
    /// Identifies identical cancels.
    struct Key: Hashable, Sendable {
        var route: Int
        var path: [UInt8]
        var entity: Int?
        var orgs: OrgChoice
        var caller: CallerIdentity
        /// Zuora-Version as requested by the caller, which the tenant may allow.
        var version: [[UInt8]]
        /// Zuora-Working-Org.
        var workingOrg: [[UInt8]] = []
    }

    /// The leader's result.
    enum Result: Sendable {
        case response(SharedResponse)
        case problem(Problem)
        /// It gave up because its caller disconnected or its deadline passed, or its response is too large to be shared: another one
        /// has to lead.
        case abandoned
    }

    /// A follower waiting for a leader.
    final class Follower: Sendable {
        private struct State {
            var result: Result?
            var wait: Wait?
        }

        private let state = Mutex(State())

        var result: Result? { state.withLock { $0.result } }

        func attach(_ wait: Wait) {
            let isThere = state.withLock { state in
                state.wait = wait
                return state.result != nil
            }
            if isThere { wait.end(.event) }
        }

        fileprivate func finish(_ result: Result) {
            let wait = state.withLock { state in
                state.result = result
                return state.wait
            }
            wait?.end(.event)
        }
    }

    enum Role {
        case leader
        case follower(Follower)
    }

    private let flights = Mutex<[Key: [Follower]]>([:])

    func join(_ key: Key) -> Role {
        flights.withLock { flights in
            guard flights[key] != nil else {
                flights[key] = []
                return .leader
            }
            let follower = Follower()
            flights[key]?.append(follower)
            return .follower(follower)
        }
    }

    /// Removes a follower.
    func leave(_ follower: Follower, _ key: Key) { flights.withLock { $0[key]?.removeAll { $0 === follower } } }

    /// Whether there are followers.
    func hasFollowers(_ key: Key) -> Bool { flights.withLock { $0[key]?.isEmpty == false } }

    /// The leader has finished: all followers get its result, and the next identical cancel leads again.
    func finish(_ key: Key, _ result: Result) {
        for follower in flights.withLock({ $0.removeValue(forKey: key) }) ?? [] { follower.finish(result) }
    }
}

/// A complete upstream response, to be relayed to several callers.
struct SharedResponse: Sendable {
    let status: Int
    let isHTTP10: Bool
    let fields: [FieldLine]
    let head: [UInt8]
    let content: [UInt8]
    let outcome: CancelOutcome?
    /// The status for the caller, if it differs from the upstream's.
    let shownStatus: Int?
}
