import Network
import Policy
import Wire

/// A request whose head keeps the rules of HTTP, with what all later phases and every response to it need.
struct Request {
    let http: HTTPExchange
    let snapshot: Snapshot
    let caller: CallerWatch
    let trackID: TrackID
    let acceptEncoding: AcceptEncoding
    let trace: RequestTrace
    let startedAt: Instant
}

/// The trace that a request belongs to (W3C Trace Context).
struct RequestTrace {
    enum Origin {
        case caller
        /// The caller brought none: it begins at the gateway.
        case gateway
        /// The caller's cannot be read, or is not the only one, and counts as absent. Its `tracestate` goes with it.
        case replaced
    }

    let context: TraceContext
    let origin: Origin
}

/// accept: reads from the head what every response needs, and refuses what no route takes.
extension Gateway {
    func accept(_ http: HTTPExchange, _ journal: Journal) throws(Problem) -> Request {
        let head = http.head
        var accept = AcceptEncoding()
        var trace: TraceContext?
        var traceparents = 0
        var random = random
        let (trackID, refusal) = http.withHeadBytes { bytes in
            for field in head.fields {
                switch field.name {
                case .acceptEncoding: accept.add(bytes.extracting(field.valueRange))
                case .traceparent:
                    traceparents += 1
                    trace = TraceContext(bytes.extracting(field.valueRange))
                default: break
                }
            }
            return TrackID.resolve(head, bytes, using: &random)
        }
        if traceparents != 1 { trace = nil }
        let context = trace ?? TraceContext.start(using: &random)
        self.random = random
        journal.entry.method = head.method
        journal.entry.trackID = trackID
        journal.entry.trace = context
        journal.entry.note(http.info, snapshot.labels)
        if let refusal { throw Problem(.badTrackID(refusal)) }
        if let refusal = http.contentRefusal { throw Problem(refusal) }
        try checkPage(http)
        let origin: RequestTrace.Origin = trace != nil ? .caller : traceparents > 0 ? .replaced : .gateway
        return Request(
            http: http, snapshot: snapshot, caller: CallerWatch(http, reactor, waits), trackID: trackID, acceptEncoding: accept,
            trace: RequestTrace(context: context, origin: origin), startedAt: journal.startedAt)
    }

    /// Where callers are not authenticated, a page in a browser on this machine is not one of them.
    private func checkPage(_ http: HTTPExchange) throws(Problem) {
        let (listener, head) = (http.info.listener, http.head)
        guard snapshot.pageGuards.indices.contains(listener) else { return }
        let pageGuard = snapshot.pageGuards[listener]
        do throws(Denial) {
            try http.withHeadBytes { bytes throws(Denial) in try pageGuard.check(head, bytes) }
        } catch {
            throw Problem(error)
        }
    }
}

extension AccessRecord {
    /// Where a request came in.
    mutating func note(_ info: ConnectionInfo, _ labels: SnapshotLabels) {
        listener = labels.listeners.indices.contains(info.listener) ? labels.listeners[info.listener] : nil
        peerPID = info.peer?.pid
        peerUID = info.peer?.uid
    }
}
