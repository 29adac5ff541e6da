import Logging
import Policy
import Wire

extension AccessRecord {
    /// Appends the record's line, line feed included. Members that do not apply are left out.
    func append(to lines: inout AccessLines, format: LogFormat) {
        lines.json.beginText()
        switch format {
        case .json: appendJSON(to: &lines)
        case .ecs: appendECS(to: &lines.json)
        case .otel: appendOTel(to: &lines.json)
        case .text: appendText(to: &lines.json.bytes)
        }
        lines.json.bytes.append(UInt8(ascii: "\n"))
    }

    private func appendJSON(to lines: inout AccessLines) {
        lines.json.beginObject()
        lines.json.key("time")
        lines.time.write(time, to: &lines.json)
        describe(to: &lines)
        lines.json.endObject()
    }

    private func appendECS(to json: inout JSONWriter) {
        json.object { json in
            json.beginECS(time, level: "info", message: summary, dataset: "zuora-gateway.access")
            json.member("event.kind", "event")
            json.member("event.outcome", succeeded ? "success" : outcome == .unknown ? "unknown" : "failure")
            let total = phases.raw(.total)
            if total >= 0 { json.member("event.duration", Int(total)) }
            var line = ECSLine()
            swap(&line.json, &json)
            describe(to: &line)
            swap(&line.json, &json)
        }
    }

    private func appendOTel(to json: inout JSONWriter) {
        json.otelRecord(time, level: .info, message: summary, scope: "zuora-gateway.access", trace: trace) {
            $0.attributes(of: self)
        }
    }

    private func appendText(to out: inout [UInt8]) {
        time.appendRFC3339(to: &out)
        out.append(contentsOf: " access \(summary)".utf8)
        var line = TextLine()
        swap(&line.bytes, &out)
        describe(to: &line)
        swap(&line.bytes, &out)
    }
}

/// Lines of the access log, and what one line leaves for the next. As a sink: the members of `json`.
struct AccessLines: AccessMemberSink {
    var json = JSONWriter()
    fileprivate var time = TimeText()

    // Inlined, so that a member's name is a constant: every request writes a line.
    @inline(__always) mutating func text(_ member: AccessMember, _ value: Span<UInt8>) { json.member(member.name, value) }
    @inline(__always) mutating func number(_ member: AccessMember, _ value: Int) { json.member(member.name, value) }
    @inline(__always) mutating func flag(_ member: AccessMember) { json.member(member.name, true) }

    @inline(__always) mutating func time(_ member: AccessMember, nanoseconds: Int64) {
        json.member(member.name, millionths: nanoseconds / 1000 * 1000)
    }

    @inline(__always) mutating func label(_ member: AccessMember, _ label: Label) {
        let name = label.json
        json.key(member.name)
        json.raw(name.span)
    }
}

private struct ECSLine: AccessMemberSink {
    var json = JSONWriter()

    mutating func text(_ member: AccessMember, _ value: Span<UInt8>) { json.member(member.ecs, value) }
    mutating func number(_ member: AccessMember, _ value: Int) { json.member(member.ecs, value) }
    mutating func flag(_ member: AccessMember) { json.member(member.ecs, true) }

    mutating func time(_ member: AccessMember, nanoseconds: Int64) {
        json.member(member.ecs, millionths: nanoseconds / 1000 * 1000)
    }
}

extension JSONWriter {
    /// The record's members as attributes of OTLP.
    mutating func attributes(of record: AccessRecord) {
        var line = OTelLine()
        swap(&line.json, &self)
        record.describe(to: &line)
        swap(&line.json, &self)
    }
}

private struct OTelLine: AccessMemberSink {
    var json = JSONWriter()

    mutating func text(_ member: AccessMember, _ value: Span<UInt8>) {
        // The record has a field of its own for it.
        if member != .traceID { json.attribute("\(member.attribute)", text: value) }
    }

    mutating func method(_ method: RequestHead.Method) { text(.method, method.conventionalName) }

    mutating func number(_ member: AccessMember, _ value: Int) { json.attribute("\(member.attribute)", integer: value) }

    mutating func time(_ member: AccessMember, nanoseconds: Int64) {
        json.attribute("\(member.attribute)") { $0.member("doubleValue", millionths: nanoseconds / 1000 * 1000) }
    }

    mutating func flag(_ member: AccessMember) { json.attribute("\(member.attribute)") { $0.member("boolValue", true) } }
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
