import Policy
import Wire

/// An `ExportTraceServiceRequest` of OTLP in JSON.
/// Source: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding.
enum OTLPTraces {
    static func json(_ traces: [FinishedTrace]) -> [UInt8] {
        var line = OTelLine()
        line.json.beginObject()
        line.json.key("resourceSpans")
        line.json.beginArray()
        line.json.beginObject()
        line.json.key("resource")
        line.json.beginObject()
        line.json.key("attributes")
        line.json.beginArray()
        line.json.attribute("service.name", text: "zuora-gateway")
        line.json.attribute("service.version", text: Version.current)
        line.json.endArray()
        line.json.endObject()
        line.json.key("scopeSpans")
        line.json.beginArray()
        line.json.beginObject()
        line.json.key("scope")
        line.json.beginObject()
        line.json.member("name", "zuora-gateway")
        line.json.endObject()
        line.json.key("spans")
        line.json.beginArray()
        for trace in traces {
            writeServer(trace, to: &line)
            for (index, attempt) in trace.attempts.enumerated() { write(attempt, index, of: trace, to: &line.json) }
        }
        line.json.endArray()
        line.json.endObject()
        line.json.endArray()
        line.json.endObject()
        line.json.endArray()
        line.json.endObject()
        return line.json.bytes
    }

    private static func writeServer(_ trace: FinishedTrace, to line: inout OTelLine) {
        let record = trace.record
        begin(
            trace.server, parent: trace.parent, name: "\(record.method.spanName) \(record.route?.name ?? "")".trimmedEnd, kind: 2,
            from: trace.wall(trace.start), to: trace.wall(trace.end), &line.json)
        line.json.key("attributes")
        line.json.beginArray()
        record.describe(to: &line)
        line.json.endArray()
        line.json.key("events")
        line.json.beginArray()
        for event in trace.events {
            line.json.beginObject()
            line.json.member("timeUnixNano", "\(trace.wall(event.time))")
            line.json.member("name", event.name)
            line.json.endObject()
        }
        line.json.endArray()
        end(isError: record.status >= 500 || record.status == 0 || record.isCut, &line.json)
    }

    private static func write(_ attempt: AttemptSpan, _ index: Int, of trace: FinishedTrace, to json: inout JSONWriter) {
        guard
            let context = TraceContext(
                traceHigh: trace.server.traceHigh, traceLow: trace.server.traceLow, spanID: attempt.spanID,
                flags: trace.server.flags)
        else { return }
        let isLast = index == trace.attempts.count - 1
        let end = isLast && attempt.error == nil ? trace.end : attempt.end ?? trace.end
        begin(
            context, parent: trace.server.spanID, name: "\(attempt.method.spanName)", kind: 3, from: trace.wall(attempt.start),
            to: trace.wall(end), &json)
        json.key("attributes")
        json.beginArray()
        json.attribute("http.request.method", text: "\(attempt.method.conventionalName)")
        json.attribute("server.address", text: trace.host)
        json.attribute("server.port", integer: trace.port)
        if attempt.resends > 0 { json.attribute("http.request.resend_count", integer: attempt.resends) }
        if attempt.status > 0 { json.attribute("http.response.status_code", integer: attempt.status) }
        if let error = attempt.error { json.attribute("error.type", text: error) }
        json.endArray()
        self.end(isError: attempt.error != nil || attempt.status >= 400, &json)
    }

    private static func begin(
        _ context: TraceContext, parent: UInt64?, name: String, kind: Int, from start: Int64, to end: Int64,
        _ json: inout JSONWriter
    ) {
        json.beginObject()
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

    private static func end(isError: Bool, _ json: inout JSONWriter) {
        if isError {
            json.key("status")
            json.beginObject()
            json.member("code", 2)
            json.endObject()
        }
        json.endObject()
    }
}

extension FinishedTrace {
    /// Calendar time, in nanoseconds since 1970: the record's, plus what has passed on the clock that does not jump.
    fileprivate func wall(_ instant: Instant) -> Int64 { record.time.nanoseconds &+ (instant - start).nanoseconds }
}

extension String {
    fileprivate var trimmedEnd: String { hasSuffix(" ") ? String(dropLast()) : self }
}
