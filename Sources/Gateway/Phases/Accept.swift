import Network
import Policy
import Wire

/// A request with a valid HTTP head, and the data that all later phases and every response need.
struct Request {
    let http: HTTPExchange
    let snapshot: Snapshot
    let caller: CallerWatch
    let trackID: TrackID
    let acceptEncoding: AcceptEncoding
    let trace: RequestTrace
    let startedAt: Instant
}

/// accept: extracts the data that every response needs from the head, and refuses requests that no route accepts.
extension Gateway {
    func accept(_ http: HTTPExchange, _ journal: Journal) throws(Problem) -> Request {
        let head = http.head
        var accept = AcceptEncoding()
        var traces = RequestTrace.Reader()
        var random = random
        let (trackID, refusal) = http.withHeadBytes { bytes in
            for field in head.fields {
                switch field.name {
                case .acceptEncoding: accept.add(bytes.extracting(field.valueRange))
                case .traceparent: traces.add(bytes.extracting(field.valueRange))
                default: break
                }
            }
            return TrackID.resolve(head, bytes, using: &random)
        }
        var trace = traces.trace(using: &random)
        if let tracer { trace = tracer.begin(trace, journal, using: &random) }
        self.random = random
        journal.entry.method = head.method
        journal.entry.trackID = trackID
        journal.entry.trace = trace.context
        journal.entry.note(http.info, http.client, snapshot.labels)
        if let refusal { throw Problem(.badTrackID(refusal)) }
        if let refusal = http.head.contentRefusal { throw Problem(refusal) }
        try checkPage(http, head)
        return Request(
            http: http, snapshot: snapshot, caller: CallerWatch(http, reactor, waits), trackID: trackID, acceptEncoding: accept,
            trace: trace, startedAt: journal.startedAt)
    }

    /// Refuses requests from web pages in a browser on this machine if callers are not authenticated.
    private func checkPage(_ http: HTTPExchange, _ head: RequestHead) throws(Problem) {
        let listener = http.info.listener
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
    /// The listener of a request.
    mutating func note(_ info: ConnectionInfo, _ client: ConnectionClient?, _ labels: SnapshotLabels) {
        listener = labels.listeners.indices.contains(info.listener) ? labels.listeners[info.listener] : nil
        self.client = client
        peerPID = info.peer?.pid
        peerUID = info.peer?.uid
    }
}
