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
    /// Begins the members of a line of `ecs`.
    mutating func beginECS(_ time: WallTime, level: String, message: String, dataset: StaticString) {
        member("@timestamp", time.rfc3339)
        member("log.level", level)
        member("message", message)
        member("ecs.version", ecsVersion)
        member("service.name", "zuora-gateway")
        member("service.version", Version.current)
        member("event.dataset", dataset)
    }

    /// A line of `otel`, which is one `LogsData` message of OTLP in JSON
    /// (https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/).
    mutating func otelRecord(
        _ time: WallTime, level: Logger.Level, message: String, scope: String, trace: TraceContext? = nil,
        _ attributes: (inout JSONWriter) -> Void
    ) {
        otelMessage("resourceLogs", "scopeLogs", scope: scope, "logRecords") { json in
            json.object { json in
                json.member("timeUnixNano", "\(time.nanoseconds)")
                json.member("observedTimeUnixNano", "\(time.nanoseconds)")
                json.member("severityNumber", level.severityNumber)
                json.member("severityText", level.rawValue)
                json.object("body") { $0.member("stringValue", message) }
                json.array("attributes", attributes)
                guard let trace else { return }
                trace.withText { text in
                    json.member("traceId", text.extracting(3..<35))
                    json.member("spanId", text.extracting(36..<52))
                }
                json.member("flags", Int(trace.flags))
            }
        }
    }

    /// A message of OTLP: this process as the resource, and one scope with its records.
    mutating func otelMessage(
        _ resources: StaticString, _ scopes: StaticString, scope: String, _ name: StaticString,
        _ records: (inout JSONWriter) -> Void
    ) {
        object { json in
            json.array(resources) { json in
                json.object { json in
                    json.object("resource") { json in
                        json.array("attributes") { json in
                            json.attribute("service.name", text: "zuora-gateway")
                            json.attribute("service.version", text: Version.current)
                        }
                    }
                    json.array(scopes) { json in
                        json.object { json in
                            json.object("scope") { $0.member("name", scope) }
                            json.array(name, records)
                        }
                    }
                }
            }
        }
    }

    /// - Parameter value: writes the member of OTLP's `AnyValue`.
    mutating func attribute(_ name: String, _ value: (inout JSONWriter) -> Void) {
        object { json in
            json.member("key", name)
            json.object("value", value)
        }
    }

    mutating func attribute(_ name: String, text value: String) { attribute(name) { $0.member("stringValue", value) } }

    mutating func attribute(_ name: String, text value: Span<UInt8>) { attribute(name) { $0.member("stringValue", value) } }

    /// 64-bit integers are strings in OTLP's JSON, as in that of protocol buffers.
    mutating func attribute(_ name: String, integer value: Int) { attribute(name) { $0.member("intValue", "\(value)") } }
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
            json.value(value)
            swap(&self, &json.bytes)
        }
    }
}
