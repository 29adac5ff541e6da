import GatewayCore
import HTTPWire
import JSONText

extension AccessRecord {
    /// Appends the record as one line of JSON, line feed included. Members that have nothing to say are left out.
    public func append(to out: inout [UInt8]) {
        var bytes: [UInt8] = []
        swap(&bytes, &out)
        var json = JSONWriter(appendingTo: consume bytes)
        var time = TimeText()
        write(to: &json, time: &time)
        swap(&out, &json.bytes)
    }

    func write(to json: inout JSONWriter, time text: inout TimeText) {
        json.beginText()
        json.beginObject()
        json.key("time")
        text.write(time, to: &json)
        writeNames(to: &json)
        writeIDs(to: &json)
        if status != 0 { json.member("status", status) }
        json.member("outcome", outcome.name)
        json.member("attempts", attempts)
        for phase in RequestPhase.allCases { write(phase, to: &json) }
        json.member("bytes_in", Int(clamping: bytesIn))
        json.member("bytes_out", Int(clamping: bytesOut))
        if gzipIn != .none { json.member("gzip_in", gzipIn.name) }
        if gzipOut != .none { json.member("gzip_out", gzipOut.name) }
        if let error { json.member("error", error) }
        if let errorDetail { json.member("detail", errorDetail) }
        write("listener", listener, to: &json)
        if let peerPID { json.member("peer_pid", Int(peerPID)) }
        if let peerUID { json.member("peer_uid", Int(peerUID)) }
        if isClientGone { json.member("client_gone", true) }
        json.endObject()
        json.bytes.append(UInt8(ascii: "\n"))
    }

    private func writeNames(to json: inout JSONWriter) {
        write("caller", caller, to: &json)
        write("tenant", tenant, to: &json)
        write("entity", entity, to: &json)
        write("route", route, to: &json)
        json.member("method", method.name)
    }

    private func writeIDs(to json: inout JSONWriter) {
        if let jobID { json.member("job_id", jobID.bytes) }
        if let trackID { json.member("track_id", trackID.bytes) }
        if let zuoraRequestID { json.member("zuora_request_id", zuoraRequestID.bytes) }
        if let trace {
            json.key("trace_id")
            trace.writeTraceID(to: &json)
        }
    }

    private func write(_ name: StaticString, _ label: Label?, to json: inout JSONWriter) {
        guard let label else { return }
        json.key(name)
        let text = label.json
        json.raw(text.span)
    }

    /// In milliseconds, to the microsecond.
    private func write(_ phase: RequestPhase, to json: inout JSONWriter) {
        let nanoseconds = phases.raw(phase)
        if nanoseconds >= 0 { json.member(phase.member, millionths: nanoseconds / 1000 * 1000) }
    }
}

extension RequestHead.Method {
    var name: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .connect: "CONNECT"
        case .other: "other"
        }
    }
}
