import Network
import Policy
import Wire

/// record: one log line and the counters, whatever became of the exchange.
extension Gateway {
    func record(_ exchange: Exchange) { recorder?.record(exchange.record(now: reactor.now)) }
}

extension Exchange {
    /// Everything that log and metrics want to know.
    func record(now: Instant) -> AccessRecord {
        var record = AccessRecord(time: startedWall)
        let labels = snapshot.labels
        let info = http.info
        record.method = http.head.method
        if let resolution {
            if case .known(let index) = resolution.caller { record.caller = labels.callers[index] }
            record.tenant = labels.tenants[resolution.tenant]
            record.route = labels.routes[resolution.route]
            if let index = resolution.entity.index { record.entity = labels.entities[resolution.tenant][index] }
            if let range = resolution.identifier { record.jobID = http.withHeadBytes { ShortText($0.extracting(range)) } }
        }
        if let denied {
            record.caller = denied.caller.map { labels.callers[$0] }
            record.tenant = denied.tenant.map { labels.tenants[$0] }
            record.route = denied.route.map { labels.routes[$0] }
        }
        record.trackID = trackID
        if !requestID.isEmpty { record.zuoraRequestID = ShortText(requestID.span) }
        record.trace = trace
        record.status = isClientGone && !http.hasStarted ? 0 : status
        record.outcome = recordedOutcome
        record.attempts = machine?.sends ?? 0
        record.bytesIn = UInt64(clamping: http.receivedBodyBytes)
        record.bytesOut = UInt64(clamping: http.sentBodyBytes)
        record.gzipIn = requestRecoding == .gzip ? .deflated : requestRecoding == .decoded ? .inflated : .none
        record.gzipOut = coding == .inflate ? .inflated : coding == .deflate ? .deflated : isCoded ? .passed : .none
        record.error = problem?.type ?? (http.isCut ? "cut" : nil)
        record.errorDetail = failureText ?? problem?.detail
        record.listener = labels.listeners.indices.contains(info.listener) ? labels.listeners[info.listener] : nil
        record.peerPID = info.peer?.pid
        record.peerUID = info.peer?.uid
        record.isClientGone = isClientGone
        record.wasNotReplayable = machine?.wasNotReplayable ?? false
        setPhases(&record, now: now)
        return record
    }

    private func setPhases(_ record: inout AccessRecord, now: Instant) {
        record.phases.set(.total, from: startedAt, to: now)
        guard admittedAt != nil else { return }
        record.phases[.queue] = timings.queue
        if token != nil { record.phases[.token] = timings.token }
        if timings.connect > .zero { record.phases[.connect] = timings.connect }
        if timings.firstByte > .zero { record.phases[.firstByte] = timings.firstByte }
    }

    private var recordedOutcome: RequestOutcome {
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
        if http.isCut { return isClientGone ? .abandoned : .cut }
        return outcome.map { RequestOutcome($0) } ?? .relayed
    }
}
