import Network
import Policy
import Synchronization
import Wire

/// Lets identical cancels that are under way at the same time share one upstream call: the first one leads, the others wait for what it
/// gets. Shared by all workers.
final class Coalescer: Sendable {
    /// What makes two cancels the same.
    struct Key: Hashable, Sendable {
        var route: Int
        var path: [UInt8]
        var entity: Int?
        var orgs: OrgChoice
        var caller: CallerIdentity
        /// Zuora-Version as the caller asks for it, which the tenant may let through.
        var version: [UInt8]
    }

    /// What the leader came to.
    enum Result: Sendable {
        case answer(SharedAnswer)
        case problem(Problem)
        /// It gave up, since its caller went away or gave it too little time: somebody else has to lead.
        case abandoned
    }

    enum Role {
        case leader
        case follower(id: Int)
    }

    private struct Flight {
        var waiting: [Int: CheckedContinuation<Result?, Never>] = [:]
        /// Those whose result came before they had suspended.
        var followers: Set<Int> = []
    }

    private struct State {
        var flights: [Key: Flight] = [:]
        var early: [Int: Result] = [:]
        var nextID = 0
    }

    private let state = Mutex(State())

    func join(_ key: Key) -> Role {
        state.withLock { state in
            guard state.flights[key] != nil else {
                state.flights[key] = Flight()
                return .leader
            }
            state.nextID += 1
            state.flights[key]?.followers.insert(state.nextID)
            return .follower(id: state.nextID)
        }
    }

    /// Suspends until the leader has a result, or `leave` is called.
    /// - Returns: nil after `leave`.
    func wait(_ id: Int, _ key: Key) async -> Result? {
        await withCheckedContinuation { continuation in
            let early: Result?? = state.withLock { state in
                if let early = state.early.removeValue(forKey: id) { return early }
                guard state.flights[key]?.followers.contains(id) == true else { return .some(nil) }
                state.flights[key]?.waiting[id] = continuation
                return nil
            }
            if let early { continuation.resume(returning: early) }
        }
    }

    /// A follower waits no longer.
    func leave(_ id: Int, _ key: Key) {
        let continuation = state.withLock { state in
            state.early[id] = nil
            state.flights[key]?.followers.remove(id)
            return state.flights[key]?.waiting.removeValue(forKey: id)
        }
        continuation?.resume(returning: nil)
    }

    /// The leader is done: everybody who waits gets its result, and the next identical cancel leads again.
    func finish(_ key: Key, _ result: Result) {
        let waiting = state.withLock { state in
            guard let flight = state.flights.removeValue(forKey: key) else { return [CheckedContinuation<Result?, Never>]() }
            for id in flight.followers where flight.waiting[id] == nil { state.early[id] = result }
            return Array(flight.waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: result) }
    }
}

/// An upstream answer that is all there, to be relayed to several callers.
struct SharedAnswer: Sendable {
    var status: Int
    var head: RelayedHead
    var content: [UInt8]
    var outcome: CancelOutcome?
    /// The caller's status, where it is not the upstream's.
    var shownStatus: Int?
}

/// A copy of a response's field lines.
struct RelayedHead: Sendable {
    var fields: [FieldLine]
    var bytes: [UInt8]

    init(fields: [FieldLine], bytes: [UInt8]) {
        self.fields = fields
        self.bytes = bytes
    }

    init(_ transfer: UpstreamExchange) {
        fields = transfer.responseHead.fields
        bytes = transfer.withHead { $0.copy(0..<$0.count) }
    }
}
