import Network
import Policy
import Synchronization
import Wire

/// Lets identical cancels that are under way at the same time share one upstream call: the first one leads, the others wait for what it gets.
/// Shared by all workers.
///
///     absent -> led -> finished: the followers have the result, and the next identical cancel leads again
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
        case response(SharedResponse)
        case problem(Problem)
        /// It gave up, since its caller went away or gave it too little time: another one has to lead.
        case abandoned
    }

    /// One that waits for a leader.
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

    /// A follower waits no longer.
    func leave(_ follower: Follower, _ key: Key) { flights.withLock { $0[key]?.removeAll { $0 === follower } } }

    /// Whether there is somebody to share with.
    func hasFollowers(_ key: Key) -> Bool { flights.withLock { $0[key]?.isEmpty == false } }

    /// The leader is done: everybody who waits gets its result, and the next identical cancel leads again.
    func finish(_ key: Key, _ result: Result) {
        for follower in flights.withLock({ $0.removeValue(forKey: key) }) ?? [] { follower.finish(result) }
    }
}

/// An upstream response that is all there, to be relayed to several callers.
struct SharedResponse: Sendable {
    let status: Int
    let fields: [FieldLine]
    let head: [UInt8]
    let content: [UInt8]
    let outcome: CancelOutcome?
    /// The caller's status, where it is not the upstream's.
    let shownStatus: Int?
}

extension SharedResponse {
    init(_ exchange: UpstreamExchange, _ relayed: RelayedAnswer) {
        self.init(
            status: exchange.status, fields: exchange.responseHead.fields, head: exchange.withHead { $0.copy(0..<$0.count) },
            content: exchange.withContent { $0.copy(0..<$0.count) }, outcome: relayed.outcome, shownStatus: relayed.status)
    }
}

extension Gateway {
    /// Serves a cancel whose tenant lets identical ones share a call: leads, or waits for the one that does.
    func serveShared(
        _ operation: Operation, _ content: RequestContent, _ coalescer: Coalescer, _ journal: Journal
    ) async throws(Problem) {
        let key = Coalescer.Key(operation)
        while true {
            switch coalescer.join(key) {
            case .leader: return try await lead(operation, content, coalescer, key, journal)
            case .follower(let follower):
                let ending = await operation.request.caller.until(operation.deadline.end) { follower.attach($0) }
                coalescer.leave(follower, key)
                switch (ending, follower.result) {
                case (.event, .response(let response)?):
                    recorder?.count(.coalesced, operation.tenantLabel)
                    return try await relay(response, operation, journal)
                case (.event, .problem(let problem)?):
                    recorder?.count(.coalesced, operation.tenantLabel)
                    throw problem
                case (.event, _): continue
                case (.callerGone, _): throw .callerGone
                case (.stopping, _): throw Problem(.stopping(mayHaveReached: true, isCancel: true))
                case (.deadline, _):
                    throw Problem(.timedOut(.total, mayHaveReached: true, deadline: operation.deadline, isCancel: true))
                }
            }
        }
    }

    private func lead(
        _ operation: Operation, _ content: RequestContent, _ coalescer: Coalescer, _ key: Coalescer.Key, _ journal: Journal
    ) async throws(Problem) {
        // Told as soon as it is known: a leader's caller that reads slowly holds no one up.
        var isTold = false
        let tell = { (result: Coalescer.Result) in
            if !isTold { coalescer.finish(key, result) }
            isTold = true
        }
        do throws(Problem) {
            try await perform(operation, content, journal) { exchange, relayed in
                if coalescer.hasFollowers(key) { tell(.response(SharedResponse(exchange, relayed))) }
            }
        } catch {
            // Others may have more time than the leader was given.
            let isOwnFault = error.status == 499 || operation.deadline.hasPassed(at: reactor.now)
            tell(isOwnFault ? .abandoned : .problem(error))
            throw error
        }
        tell(.abandoned)
    }
}

extension Coalescer.Key {
    fileprivate init(_ operation: Operation) {
        let head = operation.http.head
        let resolution = operation.resolution
        let (path, version) = operation.http.withHeadBytes { bytes in
            (
                bytes.copy(head.pathAndQuery),
                head.fields.filter { $0.name == .zuoraVersion }.flatMap { bytes.copy($0.valueRange) }
            )
        }
        self.init(
            route: resolution.route, path: path, entity: resolution.entity.index, orgs: resolution.orgs,
            caller: resolution.caller, version: version)
    }
}
