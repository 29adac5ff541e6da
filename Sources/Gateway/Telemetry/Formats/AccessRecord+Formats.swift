import Logging
import Policy
import Wire

/// The record's line in the formats other than `json`, line feed included.
extension AccessRecord {
    func append(to out: inout [UInt8], format: LogFormat) {
        switch format {
        case .json: append(to: &out)
        case .ecs: appendECS(to: &out)
        case .otel: appendOTel(to: &out)
        case .text: appendText(to: &out)
        }
        if format != .json { out.append(UInt8(ascii: "\n")) }
    }

    private func appendECS(to out: inout [UInt8]) {
        var sink = ECSLine(appendingTo: &out)
        sink.json.beginECS(time, level: "info", message: summary, dataset: "zuora-gateway.access")
        sink.json.member("event.kind", "event")
        sink.json.member("event.outcome", succeeded ? "success" : outcome == .unknown ? "unknown" : "failure")
        let total = phases.raw(.total)
        if total >= 0 { sink.json.member("event.duration", Int(total)) }
        describe(to: &sink)
        sink.json.endObject()
        swap(&out, &sink.json.bytes)
    }

    private func appendOTel(to out: inout [UInt8]) {
        var sink = OTelLine(appendingTo: &out)
        sink.json.beginOTel(time, level: .info, message: summary, scope: "zuora-gateway.access")
        describe(to: &sink)
        sink.json.endOTel(trace: trace)
        swap(&out, &sink.json.bytes)
    }

    private func appendText(to out: inout [UInt8]) {
        time.appendRFC3339(to: &out)
        out.append(contentsOf: " access \(summary)".utf8)
        var sink = TextLine()
        swap(&sink.bytes, &out)
        describe(to: &sink)
        swap(&sink.bytes, &out)
    }
}

private struct ECSLine: AccessMemberSink {
    var json: JSONWriter

    init(appendingTo out: inout [UInt8]) {
        var bytes: [UInt8] = []
        swap(&bytes, &out)
        json = JSONWriter(appendingTo: consume bytes)
        json.beginText()
    }

    mutating func text(_ member: AccessMember, _ value: Span<UInt8>) { json.member(member.ecs, value) }
    mutating func number(_ member: AccessMember, _ value: Int) { json.member(member.ecs, value) }
    mutating func flag(_ member: AccessMember) { json.member(member.ecs, true) }

    mutating func time(_ member: AccessMember, nanoseconds: Int64) {
        json.member(member.ecs, millionths: nanoseconds / 1000 * 1000)
    }
}

/// Attributes of OTLP in JSON.
struct OTelLine: AccessMemberSink {
    var json = JSONWriter()

    init() {}

    init(appendingTo out: inout [UInt8]) {
        var bytes: [UInt8] = []
        swap(&bytes, &out)
        json = JSONWriter(appendingTo: consume bytes)
        json.beginText()
    }

    mutating func text(_ member: AccessMember, _ value: Span<UInt8>) {
        // The record has a field of its own for it.
        if member != .traceID { json.attribute("\(member.attribute)", text: value) }
    }

    mutating func method(_ method: RequestHead.Method) { text(.method, method.conventionalName) }

    mutating func number(_ member: AccessMember, _ value: Int) { json.attribute("\(member.attribute)", integer: value) }

    mutating func time(_ member: AccessMember, nanoseconds: Int64) {
        json.beginAttribute("\(member.attribute)")
        json.member("doubleValue", millionths: nanoseconds / 1000 * 1000)
        json.endAttribute()
    }

    mutating func flag(_ member: AccessMember) {
        json.beginAttribute("\(member.attribute)")
        json.member("boolValue", true)
        json.endAttribute()
    }
}

private struct TextLine: AccessMemberSink {
    var bytes: [UInt8] = []

    mutating func text(_ member: AccessMember, _ value: Span<UInt8>) {
        switch member {
        // The line begins with them.
        case .method, .route, .outcome: break
        default: bytes.appendPair("\(member.name)", value)
        }
    }

    mutating func number(_ member: AccessMember, _ value: Int) {
        if member != .status { bytes.appendPair("\(member.name)", "\(value)".utf8.span) }
    }

    mutating func time(_ member: AccessMember, nanoseconds: Int64) {
        var json = JSONWriter()
        json.value(millionths: nanoseconds / 1000 * 1000)
        bytes.appendPair("\(member.name)", json.bytes.span)
    }

    mutating func flag(_ member: AccessMember) { bytes.appendPair("\(member.name)", "true".utf8.span) }
}
