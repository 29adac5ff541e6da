import Network
import Policy
import Wire

/// record: one log line and the counters, whatever became of the request.
extension Gateway {
    func record(_ http: HTTPExchange, _ journal: Journal) {
        journal.conclude(http, now: reactor.now)
        recorder?.record(journal.entry)
    }
}

extension Journal {
    /// What the caller really got.
    fileprivate func conclude(_ http: HTTPExchange, now: Instant) {
        entry.bytesIn = UInt64(clamping: http.receivedBodyBytes)
        entry.bytesOut = UInt64(clamping: http.deliveredBodyBytes)
        // Nothing of the response has left the gateway.
        if !http.hasStarted || (http.isCut && http.sentBytes == 0) { entry.status = 0 }
        entry.outcome = outcome(http)
        entry.error = problem?.type ?? (http.isCut ? "cut" : nil)
        entry.errorDetail = detail ?? problem?.detail
        entry.phases.set(.total, from: startedAt, to: now)
    }

    private func outcome(_ http: HTTPExchange) -> RequestOutcome {
        if let problem {
            if problem.status == 499 { return .abandoned }
            // What surely did not reach Zuora did nothing: no reason to look at the job.
            if problem.outcome == .unknown, problem.mayHaveReached == false { return .failed }
            if let outcome = problem.outcome { return RequestOutcome(outcome) }
            switch problem.phase {
            case "accept", "identify", "authorise": return .denied
            case "admit": return .refused
            default: return .failed
            }
        }
        if http.isCut { return entry.isClientGone ? .abandoned : .cut }
        return outcome.map { RequestOutcome($0) } ?? .relayed
    }
}
