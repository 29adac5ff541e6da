import Network
import Policy
import Wire

/// The members of an access log line after its time, with their names in each format.
enum AccessMember: CaseIterable {
    case caller, tenant, entity, route, method, jobID, trackID, zuoraRequestID, traceID, status, outcome, attempts
    case queue, token, connect, firstByte, total
    case bytesIn, bytesOut, gzipIn, gzipOut, error, detail, listener, client, clientCertificate, peerPID, peerUID
    case notReplayable, clientGone

    /// In `json` and `text`.
    @inline(__always) var name: StaticString { names.plain }

    /// In `ecs`: a field of the Elastic Common Schema where there is one.
    var ecs: StaticString { names.ecs }

    /// In `otel`: an attribute of OpenTelemetry's semantic conventions where there is one.
    var attribute: StaticString { names.otel }

    @inline(__always) private var names: (plain: StaticString, ecs: StaticString, otel: StaticString) {
        switch self {
        case .caller: ("caller", "zuora_gateway.caller", "zuora_gateway.caller")
        case .tenant: ("tenant", "zuora_gateway.tenant", "zuora_gateway.tenant")
        case .entity: ("entity", "zuora_gateway.entity", "zuora_gateway.entity")
        case .route: ("route", "zuora_gateway.route", "zuora_gateway.route")
        case .method: ("method", "http.request.method", "http.request.method")
        case .jobID: ("job_id", "zuora_gateway.job_id", "zuora_gateway.job_id")
        case .trackID: ("track_id", "zuora_gateway.track_id", "zuora_gateway.track_id")
        case .zuoraRequestID: ("zuora_request_id", "zuora_gateway.zuora_request_id", "zuora_gateway.zuora_request_id")
        case .traceID: ("trace_id", "trace.id", "trace_id")
        case .status: ("status", "http.response.status_code", "http.response.status_code")
        case .outcome: ("outcome", "zuora_gateway.outcome", "zuora_gateway.outcome")
        case .attempts: ("attempts", "zuora_gateway.attempts", "zuora_gateway.attempts")
        case .queue: ("queue_ms", "zuora_gateway.queue_ms", "zuora_gateway.queue_ms")
        case .token: ("token_ms", "zuora_gateway.token_ms", "zuora_gateway.token_ms")
        case .connect: ("connect_ms", "zuora_gateway.connect_ms", "zuora_gateway.connect_ms")
        case .firstByte: ("first_byte_ms", "zuora_gateway.first_byte_ms", "zuora_gateway.first_byte_ms")
        case .total: ("total_ms", "zuora_gateway.total_ms", "zuora_gateway.total_ms")
        case .bytesIn: ("bytes_in", "http.request.body.bytes", "http.request.body.size")
        case .bytesOut: ("bytes_out", "http.response.body.bytes", "http.response.body.size")
        case .gzipIn: ("gzip_in", "zuora_gateway.gzip_in", "zuora_gateway.gzip_in")
        case .gzipOut: ("gzip_out", "zuora_gateway.gzip_out", "zuora_gateway.gzip_out")
        case .error: ("error", "error.type", "error.type")
        case .detail: ("detail", "error.message", "error.message")
        case .listener: ("listener", "zuora_gateway.listener", "zuora_gateway.listener")
        case .client: ("client", "client.ip", "client.address")
        case .clientCertificate:
            ("client_certificate", "tls.client.x509.alternative_names", "zuora_gateway.client_certificate")
        case .peerPID: ("peer_pid", "zuora_gateway.peer_pid", "zuora_gateway.peer_pid")
        case .peerUID: ("peer_uid", "zuora_gateway.peer_uid", "zuora_gateway.peer_uid")
        case .notReplayable: ("not_replayable", "zuora_gateway.not_replayable", "zuora_gateway.not_replayable")
        case .clientGone: ("client_gone", "zuora_gateway.client_gone", "zuora_gateway.client_gone")
        }
    }

    init(_ phase: RequestPhase) {
        self =
            switch phase {
            case .queue: .queue
            case .token: .token
            case .connect: .connect
            case .firstByte: .firstByte
            case .total: .total
            }
    }
}

/// Takes a record's members one by one.
protocol AccessMemberSink {
    mutating func text(_ member: AccessMember, _ value: Span<UInt8>)
    mutating func number(_ member: AccessMember, _ value: Int)
    /// A time in milliseconds, to the microsecond.
    mutating func time(_ member: AccessMember, nanoseconds: Int64)
    /// A member that is only there when it is true.
    mutating func flag(_ member: AccessMember)
    mutating func method(_ method: RequestHead.Method)
    mutating func label(_ member: AccessMember, _ label: Label)
}

extension AccessMemberSink {
    mutating func method(_ method: RequestHead.Method) { text(.method, method.name) }

    mutating func text(_ member: AccessMember, _ value: StaticString) {
        value.withUTF8Buffer { unsafe text(member, $0.span) }
    }

    mutating func label(_ member: AccessMember, _ label: Label) { text(member, label.name.utf8.span) }
}

extension AccessRecord {
    /// Passes on all members, in the order of the JSON line; those that do not apply are left out.
    func describe(to sink: inout some AccessMemberSink) {
        if let caller { sink.label(.caller, caller) }
        if let tenant { sink.label(.tenant, tenant) }
        if let entity { sink.label(.entity, entity) }
        if let route { sink.label(.route, route) }
        sink.method(method)
        if let jobID { sink.text(.jobID, jobID.bytes) }
        if let trackID { sink.text(.trackID, trackID.bytes) }
        if let zuoraRequestID { sink.text(.zuoraRequestID, zuoraRequestID.bytes) }
        if let trace { trace.withText { sink.text(.traceID, $0.extracting(3..<35)) } }
        if status != 0 { sink.number(.status, status) }
        sink.text(.outcome, outcome.name)
        sink.number(.attempts, attempts)
        for phase in RequestPhase.allCases where phases.raw(phase) >= 0 {
            sink.time(AccessMember(phase), nanoseconds: phases.raw(phase))
        }
        sink.number(.bytesIn, Int(clamping: bytesIn))
        sink.number(.bytesOut, Int(clamping: bytesOut))
        if gzipIn != .none { sink.text(.gzipIn, gzipIn.name) }
        if gzipOut != .none { sink.text(.gzipOut, gzipOut.name) }
        if let error { sink.text(.error, error.utf8.span) }
        if let errorDetail { sink.text(.detail, errorDetail.utf8.span) }
        if let listener { sink.label(.listener, listener) }
        if let address = client?.address { sink.text(.client, address.utf8.span) }
        if let name = client?.certificateName { sink.text(.clientCertificate, name.utf8.span) }
        if let peerPID { sink.number(.peerPID, Int(peerPID)) }
        if let peerUID { sink.number(.peerUID, Int(peerUID)) }
        if wasNotReplayable { sink.flag(.notReplayable) }
        if isClientGone { sink.flag(.clientGone) }
    }

    /// `DELETE aqua.cancel 200 cancelled`: what a person looks for first.
    var summary: String {
        [
            "\(method.name)", route?.name ?? error ?? "-", status == 0 ? "-" : "\(status)", "\(outcome.name)",
        ].joined(separator: " ")
    }

    /// Whether the request brought what it was sent for.
    var succeeded: Bool {
        switch outcome {
        case .relayed, .cancelled, .alreadyCancelled, .alreadyFinished: (200..<400).contains(status) && !isCut
        default: false
        }
    }
}
