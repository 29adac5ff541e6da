import Policy
import Wire

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
        json.open("{\"time\":")
        text.write(time, to: &json)
        writeNames(to: &json)
        writeIDs(to: &json)
        if status != 0 { json.write(",\"status\":", status) }
        json.write(",\"outcome\":", outcome.name)
        json.write(",\"attempts\":", attempts)
        for phase in RequestPhase.allCases { write(phase, to: &json) }
        json.write(",\"bytes_in\":", Int(clamping: bytesIn))
        json.write(",\"bytes_out\":", Int(clamping: bytesOut))
        if gzipIn != .none { json.write(",\"gzip_in\":", gzipIn.name) }
        if gzipOut != .none { json.write(",\"gzip_out\":", gzipOut.name) }
        if let error { json.write(",\"error\":", error.utf8.span) }
        if let errorDetail { json.write(",\"detail\":", errorDetail.utf8.span) }
        if let listener { json.write(",\"listener\":", listener) }
        if let peerPID { json.write(",\"peer_pid\":", Int(peerPID)) }
        if let peerUID { json.write(",\"peer_uid\":", Int(peerUID)) }
        if wasNotReplayable { json.open(",\"not_replayable\":true") }
        json.open(isClientGone ? ",\"client_gone\":true}\n" : "}\n")
    }

    private func writeNames(to json: inout JSONWriter) {
        if let caller { json.write(",\"caller\":", caller) }
        if let tenant { json.write(",\"tenant\":", tenant) }
        if let entity { json.write(",\"entity\":", entity) }
        if let route { json.write(",\"route\":", route) }
        json.write(",\"method\":", method.name)
    }

    private func writeIDs(to json: inout JSONWriter) {
        if let jobID { json.write(",\"job_id\":", jobID.bytes) }
        if let trackID { json.write(",\"track_id\":", trackID.bytes) }
        if let zuoraRequestID { json.write(",\"zuora_request_id\":", zuoraRequestID.bytes) }
        if let trace {
            json.open(",\"trace_id\":\"")
            trace.appendTraceID(to: &json.bytes)
            json.open("\"")
        }
    }

    /// In milliseconds, to the microsecond.
    private func write(_ phase: RequestPhase, to json: inout JSONWriter) {
        let nanoseconds = phases.raw(phase)
        guard nanoseconds >= 0 else { return }
        json.open(phase.member)
        json.value(millionths: nanoseconds / 1000 * 1000)
    }
}

/// Members whose comma, name and colon are one piece of text: a line has twenty of them, and each append costs.
extension JSONWriter {
    /// Appends text as it is; a value may follow.
    fileprivate mutating func open(_ text: StaticString) {
        // Static text lives as long as the program.
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        beginText()
    }

    fileprivate mutating func write(_ name: StaticString, _ value: StaticString) {
        open(name)
        self.value(value)
    }

    fileprivate mutating func write(_ name: StaticString, _ value: Span<UInt8>) {
        open(name)
        self.value(value)
    }

    fileprivate mutating func write(_ name: StaticString, _ value: Int) {
        open(name)
        self.value(value)
    }

    fileprivate mutating func write(_ name: StaticString, _ label: Label) {
        open(name)
        let text = label.json
        raw(text.span)
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
