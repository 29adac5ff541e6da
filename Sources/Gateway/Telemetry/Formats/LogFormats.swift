import Logging
public import Policy
import Wire

/// A log's format (`log_format`): how lines of both logs begin, and which of OpenTelemetry's and Elastic's names they use.
public typealias LogFormat = GatewaySettings.LogFormat

/// The version of the Elastic Common Schema whose names are used.
let ecsVersion: StaticString = "8.11.0"

extension Logger.Level {
    /// OpenTelemetry's severity number: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber.
    var severityNumber: Int {
        switch self {
        case .trace: 1
        case .debug: 5
        case .info: 9
        case .notice: 10
        case .warning: 13
        case .error: 17
        case .critical: 21
        }
    }
}

extension JSONWriter {
    /// Begins a line of `ecs`.
    mutating func beginECS(_ time: WallTime, level: String, message: String, dataset: StaticString) {
        beginObject()
        member("@timestamp", time.rfc3339)
        member("log.level", level)
        member("message", message)
        member("ecs.version", ecsVersion)
        member("service.name", "zuora-gateway")
        member("service.version", Version.current)
        member("event.dataset", dataset)
    }

    /// Begins a line of `otel`, which is one `LogsData` message of OTLP in JSON
    /// (https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/), up to the record's attributes.
    mutating func beginOTel(_ time: WallTime, level: Logger.Level, message: String, scope: String) {
        beginObject()
        key("resourceLogs")
        beginArray()
        beginObject()
        key("resource")
        beginObject()
        key("attributes")
        beginArray()
        attribute("service.name", text: "zuora-gateway")
        attribute("service.version", text: Version.current)
        endArray()
        endObject()
        key("scopeLogs")
        beginArray()
        beginObject()
        key("scope")
        beginObject()
        member("name", scope)
        endObject()
        key("logRecords")
        beginArray()
        beginObject()
        member("timeUnixNano", "\(time.nanoseconds)")
        member("observedTimeUnixNano", "\(time.nanoseconds)")
        member("severityNumber", level.severityNumber)
        member("severityText", level.rawValue)
        key("body")
        beginObject()
        member("stringValue", message)
        endObject()
        key("attributes")
        beginArray()
    }

    /// Ends the attributes, and with them the line.
    mutating func endOTel(trace: TraceContext?) {
        endArray()
        if let trace {
            trace.withText { text in
                member("traceId", text.extracting(3..<35))
                member("spanId", text.extracting(36..<52))
            }
            member("flags", Int(trace.flags))
        }
        endObject()
        endArray()
        endObject()
        endArray()
        endObject()
        endArray()
        endObject()
    }

    mutating func attribute(_ name: String, text value: String) {
        beginAttribute(name)
        member("stringValue", value)
        endAttribute()
    }

    mutating func attribute(_ name: String, text value: Span<UInt8>) {
        beginAttribute(name)
        member("stringValue", value)
        endAttribute()
    }

    /// 64-bit integers are strings in OTLP's JSON, as in that of protocol buffers.
    mutating func attribute(_ name: String, integer value: Int) {
        beginAttribute(name)
        member("intValue", "\(value)")
        endAttribute()
    }

    mutating func beginAttribute(_ name: String) {
        beginObject()
        member("key", name)
        key("value")
        beginObject()
    }

    mutating func endAttribute() {
        endObject()
        endObject()
    }
}

extension [UInt8] {
    /// Appends ` name=value`, the value as a JSON string if it would be ambiguous without quotation marks.
    mutating func appendPair(_ name: String, _ value: Span<UInt8>) {
        append(UInt8(ascii: " "))
        append(contentsOf: name.utf8)
        append(UInt8(ascii: "="))
        appendWord(value)
    }

    private mutating func appendWord(_ value: Span<UInt8>) {
        var isPlain = !value.isEmpty
        for i in value.indices where isPlain {
            isPlain = value[i] > 0x20 && value[i] < 0x7F && value[i] != UInt8(ascii: "\"") && value[i] != UInt8(ascii: "=")
        }
        if isPlain {
            for i in value.indices { append(value[i]) }
        } else {
            var bytes: [UInt8] = []
            swap(&bytes, &self)
            var json = JSONWriter(appendingTo: consume bytes)
            json.beginText()
            json.value(value)
            swap(&self, &json.bytes)
        }
    }
}
