import Policy
import Wire

/// An `ExportTraceServiceRequest` of OTLP in JSON.
/// Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding.
enum OTLPTraces {
    static func json(_ traces: [FinishedTrace]) -> [UInt8] {
        var json = JSONWriter()
        json.otelMessage("resourceSpans", "scopeSpans", scope: "zuora-gateway", "spans") { json in
            for trace in traces {
                writeServer(trace, to: &json)
                for (index, attempt) in trace.attempts.enumerated() { write(attempt, index, of: trace, to: &json) }
            }
        }
        return json.bytes
    }

    private static func writeServer(_ trace: FinishedTrace, to json: inout JSONWriter) {
        let record = trace.record
        json.object { json in
            begin(
                trace.server, parent: trace.parent, name: "\(record.method.spanName) \(record.route?.name ?? "")".trimmedEnd,
                kind: 2, from: trace.wall(trace.start), to: trace.wall(trace.end), &json)
            json.array("attributes") { $0.attributes(of: record) }
            json.array("events") { json in
                for event in trace.events {
                    json.object { json in
                        json.member("timeUnixNano", "\(trace.wall(event.time))")
                        json.member("name", event.name)
                    }
                }
            }
            if record.status >= 500 || record.status == 0 || record.isCut { json.object("status") { $0.member("code", 2) } }
        }
    }

    private static func write(_ attempt: AttemptSpan, _ index: Int, of trace: FinishedTrace, to json: inout JSONWriter) {
        guard
            let context = TraceContext(
                traceHigh: trace.server.traceHigh, traceLow: trace.server.traceLow, spanID: attempt.spanID,
                flags: trace.server.flags)
        else { return }
        let isLast = index == trace.attempts.count - 1
        let end = isLast && attempt.error == nil ? trace.end : attempt.end ?? trace.end
        json.object { json in
            begin(
                context, parent: trace.server.spanID, name: "\(attempt.method.spanName)", kind: 3,
                from: trace.wall(attempt.start),
                to: trace.wall(end), &json)
            json.array("attributes") { json in
                json.attribute("http.request.method", text: "\(attempt.method.conventionalName)")
                json.attribute("server.address", text: trace.host)
                json.attribute("server.port", integer: trace.port)
                if attempt.resends > 0 { json.attribute("http.request.resend_count", integer: attempt.resends) }
                if attempt.status > 0 { json.attribute("http.response.status_code", integer: attempt.status) }
                if let error = attempt.error { json.attribute("error.type", text: error) }
            }
            if attempt.error != nil || attempt.status >= 400 { json.object("status") { $0.member("code", 2) } }
        }
    }

    private static func begin(
        _ context: TraceContext, parent: UInt64?, name: String, kind: Int, from start: Int64, to end: Int64,
        _ json: inout JSONWriter
    ) {
        context.withText { text in
            json.member("traceId", text.extracting(3..<35))
            json.member("spanId", text.extracting(36..<52))
        }
        if let parent, let above = TraceContext(traceHigh: 1, traceLow: 1, spanID: parent, flags: 0) {
            above.withText { json.member("parentSpanId", $0.extracting(36..<52)) }
        }
        json.member("flags", Int(context.flags))
        json.member("name", name)
        json.member("kind", kind)
        json.member("startTimeUnixNano", "\(start)")
        json.member("endTimeUnixNano", "\(max(end, start))")
    }
}

extension FinishedTrace {
    /// Calendar time, in nanoseconds since 1970: the record's, plus what has passed on the clock that does not jump.
    fileprivate func wall(_ instant: Instant) -> Int64 { record.time.nanoseconds &+ (instant - start).nanoseconds }
}

extension String {
    fileprivate var trimmedEnd: String { hasSuffix(" ") ? String(dropLast()) : self }
}
