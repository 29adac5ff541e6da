import Network
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
    func beginAttempt(
        _ method: RequestHead.Method, isVerification: Bool, at now: Instant, using random: inout some RandomNumberGenerator
    ) -> TraceContext {
        let context = server.child(using: &random)
        let resends = attempts.count { $0.isVerification == isVerification }
        attempts.append(
            AttemptSpan(spanID: context.spanID, method: method, isVerification: isVerification, resends: resends, start: now))
        return context
    }

    /// The attempt's response has begun, or it got none.
    /// - Parameter failure: why it got none.
    func endAttempt(status: Int, _ failure: UpstreamFailure? = nil, at now: Instant) {
        guard let last = attempts.indices.last else { return }
        attempts[last].status = status
        attempts[last].error = failure?.kind.errorType
        attempts[last].end = now
    }

    /// The response of the last attempt turned out to be unusable after its head.
    /// - Parameter error: a type of `Proxy-Status`.
    func failAttempt(_ error: String, at now: Instant) {
        guard let last = attempts.indices.last else { return }
        attempts[last].error = error
        attempts[last].end = now
    }

    func note(_ name: StaticString, at now: Instant) { events.append(SpanEvent(name: name, time: now)) }
}

/// One attempt upstream. It ends with the response's head; the one that is relayed ends with the request.
struct AttemptSpan: Sendable {
    let spanID: UInt64
    let method: RequestHead.Method
    var isVerification = false
    /// How many times the same request, or the same verification, had been sent before.
    var resends = 0
    let start: Instant
    var end: Instant?
    var status = 0
    var error: String?
}

extension UpstreamFailure.Kind {
    /// `error.type` of the attempt's span: a type of `Proxy-Status` (RFC 9209), which has none for this.
    var errorType: String { self == .cancelled ? "given_up" : proxyStatusError }
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
