import Network
import Policy
import Wire

extension Gateway {
    /// Serves a cancel whose tenant lets identical ones share a call: leads, or waits for who does.
    func serveCoalesced(
        _ exchange: Exchange, _ tenant: TenantState, _ route: Route, _ coalescer: Coalescer
    ) async throws(Problem) {
        guard let key = Coalescer.Key(exchange) else { return try await serve(exchange, tenant, route) }
        while true {
            switch coalescer.join(key) {
            case .leader: return try await lead(exchange, tenant, route, coalescer, key)
            case .follower(let id):
                switch await follow(exchange, coalescer, id, key) {
                case .answer(let answer):
                    count(.coalesced, exchange)
                    return try await relay(exchange, answer)
                case .problem(let problem):
                    count(.coalesced, exchange)
                    throw problem
                case .abandoned: continue
                case nil:
                    if exchange.isClientGone { throw .clientGone }
                    throw Problem(
                        .timedOut(.total, mayHaveReached: true, deadline: exchange.deadline, isCancel: true), phase: "forward")
                }
            }
        }
    }

    private func lead(
        _ exchange: Exchange, _ tenant: TenantState, _ route: Route, _ coalescer: Coalescer, _ key: Coalescer.Key
    ) async throws(Problem) {
        // Told as soon as it is known: a leader's caller that reads slowly holds nobody up.
        var isTold = false
        let tell = { (result: Coalescer.Result) in
            if !isTold { coalescer.finish(key, result) }
            isTold = true
        }
        exchange.onSharable = { tell(.answer($0)) }
        defer { exchange.onSharable = nil }
        do throws(Problem) {
            try await serve(exchange, tenant, route)
        } catch {
            // Others may have more time than the leader was given.
            let isOwnFault = error.status == 499 || exchange.deadline.hasPassed(at: reactor.now)
            tell(isOwnFault ? .abandoned : .problem(error))
            throw error
        }
        tell(.abandoned)
    }

    private func follow(
        _ exchange: Exchange, _ coalescer: Coalescer, _ id: Int, _ key: Coalescer.Key
    ) async -> Coalescer.Result? {
        let timer = Timer(reactor.timers) { coalescer.leave(id, key) }
        timer.schedule(at: exchange.deadline.end)
        exchange.onClientGone = { coalescer.leave(id, key) }
        let result = await coalescer.wait(id, key)
        exchange.onClientGone = nil
        timer.cancel()
        return result
    }
}

extension Coalescer.Key {
    /// - Returns: nil before the request is authorised.
    init?(_ exchange: Exchange) {
        guard let resolution = exchange.resolution else { return nil }
        let head = exchange.http.head
        let target = head.pathRange.lowerBound..<(head.queryRange?.upperBound ?? head.pathRange.upperBound)
        let (path, version) = exchange.http.withHeadBytes { bytes in
            (
                target.map { bytes[$0] },
                head.fields.filter { $0.name == .zuoraVersion }.flatMap { $0.valueRange.map { bytes[$0] } }
            )
        }
        self.init(
            route: resolution.route, path: path, entity: resolution.entity.index, orgs: resolution.orgs,
            caller: resolution.caller, version: version)
    }
}
