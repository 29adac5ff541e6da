import Network
import Policy
import Wire

extension SharedResponse {
    init(_ exchange: UpstreamExchange, _ relayed: RelayedResponse) {
        self.init(
            status: exchange.status, isHTTP10: exchange.responseHead.minorVersion == 0, fields: exchange.responseHead.fields,
            head: exchange.withHead { $0.copy(0..<$0.count) }, content: exchange.withContent { $0.copy(0..<$0.count) },
            outcome: relayed.outcome, shownStatus: relayed.status)
    }
}

extension Gateway {
    /// Serves a cancel whose tenant coalesces identical ones: leads, or waits for the leader.
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
                // The result may have arrived just as the deadline passed or the drain ended.
                switch (follower.result, ending) {
                case (_, .callerGone): throw .callerGone
                case (.response(let response)?, _):
                    recorder?.count(.coalesced, operation.tenantLabel)
                    return try await relay(response, operation, journal)
                case (.problem(let problem)?, _):
                    recorder?.count(.coalesced, operation.tenantLabel)
                    throw problem
                case (_, .event): continue
                case (_, .stopping): throw Problem(.stopping(mayHaveReached: true, isCancel: true))
                case (_, .deadline):
                    throw Problem(.timedOut(.total, mayHaveReached: true, deadline: operation.deadline, isCancel: true))
                }
            }
        }
    }

    private func lead(
        _ operation: Operation, _ content: RequestContent, _ coalescer: Coalescer, _ key: Coalescer.Key, _ journal: Journal
    ) async throws(Problem) {
        // Told when the leader's response begins, complete or not, so that its caller, who may be slow, does not delay others.
        var isTold = false
        let tell = { (result: Coalescer.Result) in
            if !isTold { coalescer.finish(key, result) }
            isTold = true
        }
        do throws(Problem) {
            try await perform(operation, content, journal) { exchange, relayed in
                let isShared = exchange.isComplete && coalescer.hasFollowers(key)
                tell(isShared ? .response(SharedResponse(exchange, relayed)) : .abandoned)
            }
        } catch {
            // Followers may have later deadlines than the leader.
            let isOwnFault = error.status == 499 || operation.deadline.hasPassed(at: reactor.now)
            tell(isOwnFault ? .abandoned : .problem(error))
            throw error
        }
        tell(.abandoned)
    }
}

extension Operation {
    /// Whether an identical cancel would get the same response. Not one with content, whose errors would be its own, nor one with
    /// conditions or a range.
    var isShareable: Bool {
        guard http.declaredBodyLength == 0 else { return false }
        let head = http.head
        return http.withHeadBytes { bytes in
            !head.fields.contains { $0.name == .range || bytes.extracting($0.nameRange).starts(withIgnoringCase: "if-") }
        }
    }
}

extension Coalescer.Key {
    fileprivate init(_ operation: Operation) {
        let head = operation.http.head
        let resolution = operation.resolution
        let (path, version, workingOrg) = operation.http.withHeadBytes { bytes in
            func values(_ name: FieldName) -> [[UInt8]] {
                head.fields.filter { $0.name == name }.map { bytes.copy($0.valueRange) }
            }
            return (bytes.copy(head.pathAndQuery), values(.zuoraVersion), values(.zuoraWorkingOrg))
        }
        self.init(
            route: resolution.route, path: path, entity: resolution.entity.index, orgs: resolution.orgs,
            caller: resolution.caller, version: version, workingOrg: workingOrg)
    }
}
