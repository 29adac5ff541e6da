import Policy
import Wire

/// The spans of a sampled request while it is in progress: the server's, and one for each attempt upstream. Requests that are not sampled
/// have none.
final class RequestSpans {
    /// The server's span.
    let server: TraceContext
    /// The caller's span; nil if the trace begins here.
    let parent: UInt64?
    private(set) var attempts: [AttemptSpan] = []
    private(set) var events: [SpanEvent] = []

    init(server: TraceContext, parent: UInt64?) {
        self.server = server
        self.parent = parent
    }

    /// - Returns: the context that `traceparent` carries upstream: the attempt's span is the parent of what Zuora may record.
    func beginAttempt(_ method: RequestHead.Method, at now: Instant, using random: inout some RandomNumberGenerator)
        -> TraceContext
    {
        let context = server.child(using: &random)
        attempts.append(AttemptSpan(spanID: context.spanID, method: method, start: now))
        return context
    }

    /// The attempt's response has begun, or it got none.
    /// - Parameter error: why it got none, as in `Proxy-Status`.
    func endAttempt(status: Int, error: String?, at now: Instant) {
        guard let last = attempts.indices.last else { return }
        attempts[last].status = status
        attempts[last].error = error
        attempts[last].end = now
    }

    func note(_ name: StaticString, at now: Instant) { events.append(SpanEvent(name: name, time: now)) }
}

/// One attempt upstream. It ends with the response's head; the one that is relayed ends with the request.
struct AttemptSpan: Sendable {
    let spanID: UInt64
    let method: RequestHead.Method
    let start: Instant
    var end: Instant?
    var status = 0
    var error: String?
}

/// Something that the server's span passed.
struct SpanEvent: Sendable {
    let name: StaticString
    let time: Instant
}

/// A completed request with its spans.
struct FinishedTrace: Sendable {
    let record: AccessRecord
    let server: TraceContext
    let parent: UInt64?
    let attempts: [AttemptSpan]
    let events: [SpanEvent]
    /// Of the upstream.
    let host: String
    let port: Int
    let start: Instant
    let end: Instant

    var spanCount: Int { attempts.count + 1 }
}
