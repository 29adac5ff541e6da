import Network
import Policy
import Wire

/// record: one log line and the counters, for every request.
extension Gateway {
    func record(_ http: HTTPExchange, _ journal: Journal) {
        journal.conclude(http, now: reactor.now)
        recorder?.record(journal.entry)
        trace(journal)
    }
}

extension Gateway {
    /// Hands the request's spans over, if it has any.
    private func trace(_ journal: Journal) {
        guard let spans = journal.spans, let tracer else { return }
        tracer.queue.add(
            FinishedTrace(
                record: journal.entry, server: spans.server, parent: spans.parent, attempts: spans.attempts, events: spans.events,
                host: journal.upstream?.host ?? "", port: journal.upstream?.port ?? 0, start: journal.startedAt, end: reactor.now)
        )
    }
}

extension Journal {
    /// The bytes and status that the caller actually got.
    fileprivate func conclude(_ http: HTTPExchange, now: Instant) {
        entry.bytesIn = UInt64(clamping: http.receivedBodyBytes)
        entry.bytesOut = UInt64(clamping: http.deliveredBodyBytes)
        // Nothing of the response was sent.
        if !http.hasStarted || (http.isCut && http.sentBytes == 0) { entry.status = 0 }
        entry.outcome = outcome(http)
        entry.error = problem?.type ?? endOfCut(http)
        entry.errorDetail = detail ?? problem?.detail
        entry.phases.set(.total, from: startedAt, to: now)
    }

    /// What kept the response from being complete, which is the caller's own doing if it left before the first byte.
    private func endOfCut(_ http: HTTPExchange) -> String? {
        guard http.isCut else { return nil }
        return http.sentBytes == 0 && entry.isClientGone ? Problem.callerGone.type : "cut"
    }

    private func outcome(_ http: HTTPExchange) -> RequestOutcome {
        // The job's outcome counts, whether or not the caller waited to be told.
        let known = outcome.map { RequestOutcome($0) }
        if let problem {
            if problem.status == 499 { return known ?? .abandoned }
            // Zuora certainly did not execute the request, so the job need not be checked.
            if problem.outcome == .unknown, problem.mayHaveReached == false { return .failed }
            if let outcome = problem.outcome { return RequestOutcome(outcome) }
            switch problem.phase {
            case "accept", "identify", "authorise": return problem.mayHaveReached == true ? .failed : .denied
            case "admit": return .refused
            default: return .failed
            }
        }
        if http.isCut { return known ?? (entry.isClientGone ? .abandoned : .cut) }
        return known ?? .relayed
    }
}
