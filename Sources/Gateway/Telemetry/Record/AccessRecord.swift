public import Network
public import Policy
public import Wire

/// The record of a completed request: the source of its log line and of its metrics.
///
/// There is no member for a header, a body, a path or a query, so that none can get into the log. Names are labels from the
/// configuration; values chosen by callers and Zuora have bounded length.
public struct AccessRecord: Sendable {
    /// When the request's head was complete.
    public var time: WallTime
    public var method = RequestHead.Method.other
    /// nil if no caller is configured, or it is unknown.
    public var caller: Label?
    public var tenant: Label?
    /// The entity's name, or its id if it has none.
    public var entity: Label?
    public var route: Label?
    /// The job's or file's id, as in the path.
    public var jobID: ShortText?
    public var trackID: TrackID?
    /// `Zuora-Request-Id` of the decisive response.
    public var zuoraRequestID: ShortText?
    public var trace: TraceContext?
    /// The status sent to the caller; 0 if none.
    public var status = 0
    public var outcome = RequestOutcome.relayed
    /// Requests and verifications sent upstream, as in `Gateway-Attempts`.
    public var attempts = 0
    /// How many of them were verifications of a cancelled job.
    public var verifications = 0
    public var phases = PhaseTimes()
    /// Bytes of the request's and the response's body on the caller's side.
    public var bytesIn: UInt64 = 0
    public var bytesOut: UInt64 = 0
    public var gzipIn = GzipAction.none
    public var gzipOut = GzipAction.none
    /// The last part of the problem type's URI, such as `timeout-total`.
    public var error: String?
    /// Details as sent to the caller, or for the operator only.
    public var errorDetail: String?
    public var listener: Label?
    /// Who is at the other end of a connection from another machine, or with a certificate.
    public var client: ConnectionClient?
    /// The peer on a Unix socket.
    public var peerPID: Int32?
    public var peerUID: UInt32?
    /// Whether the caller disconnected before the response was complete.
    public var isClientGone = false
    /// The request should have been retried, but its body was too large to be kept.
    public var wasNotReplayable = false

    public init(time: WallTime) { self.time = time }
}

extension AccessRecord {
    /// Appends the record as one line of JSON, line feed included. Empty members are omitted.
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
        if let client { write(client, to: &json) }
        if let peerPID { json.write(",\"peer_pid\":", Int(peerPID)) }
        if let peerUID { json.write(",\"peer_uid\":", Int(peerUID)) }
        if wasNotReplayable { json.open(",\"not_replayable\":true") }
        json.open(isClientGone ? ",\"client_gone\":true}\n" : "}\n")
    }

    private func write(_ client: ConnectionClient, to json: inout JSONWriter) {
        if let address = client.address { json.write(",\"client\":", address.utf8.span) }
        if let name = client.certificateName { json.write(",\"client_certificate\":", name.utf8.span) }
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

/// Member keys with comma and colon as one literal: a line has twenty of them, and each append costs.
extension JSONWriter {
    /// Appends text unescaped; a value may follow.
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

extension AccessRecord {
    /// Whether the caller got the beginning of a response at most.
    var isCut: Bool { outcome == .cut || error == "cut" }
}

extension RequestHead.Method {
    /// `http.request.method` of OpenTelemetry's semantic conventions.
    var conventionalName: StaticString { self == .other ? "_OTHER" : name }

    /// The beginning of a span's name by the same conventions.
    var spanName: StaticString { self == .other ? "HTTP" : name }

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

/// Up to 64 bytes of text stored inline, so that keeping an id needs no allocation.
public struct ShortText: Sendable {
    public static let capacity = 64

    private var storage = InlineArray<64, UInt8>(repeating: 0)
    private var length: UInt8

    /// Keeps the first 64 of `bytes`.
    public init(_ bytes: Span<UInt8>) {
        let count = min(bytes.count, Self.capacity)
        for i in 0..<count { storage[i] = bytes[i] }
        length = UInt8(truncatingIfNeeded: count)
    }

    public var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get { storage.span.extracting(0..<Int(length)) }
    }
}

/// Writes times as JSON strings (RFC 3339, UTC, milliseconds) and computes the calendar only once per second.
struct TimeText {
    private var second: Int64?
    /// Including quotation marks.
    private var text: [UInt8] = []

    mutating func write(_ time: WallTime, to json: inout JSONWriter) {
        let seconds = time.seconds
        if second == seconds {
            setMilliseconds(time.milliseconds)
        } else {
            text.removeAll(keepingCapacity: true)
            text.append(UInt8(ascii: "\""))
            time.appendRFC3339(to: &text)
            text.append(UInt8(ascii: "\""))
            second = seconds
        }
        json.raw(text.span)
    }

    /// The text ends in three digits, `Z` and a quotation mark.
    private mutating func setMilliseconds(_ value: Int) {
        let last = text.count - 3
        guard last >= 2 else { return }
        text[last - 2] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 100)
        text[last - 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10 % 10)
        text[last] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
    }
}
