public import Logging
public import Policy
public import Wire

/// An event of the diagnostic log, in each of its formats.
public struct DiagnosticLine {
    private let level: Logger.Level
    private let logger: String
    private let message: String
    private let error: String?
    private let members: [(key: String, value: Logger.MetadataValue)]

    public init(
        level: Logger.Level, logger: String, message: String, error: String? = nil, metadata: Logger.Metadata = [:]
    ) {
        self.level = level
        self.logger = logger
        self.message = message
        self.error = error
        members = metadata.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
    }

    /// The line, line feed included.
    public func bytes(_ format: LogFormat, _ time: WallTime) -> [UInt8] {
        var json = JSONWriter()
        switch format {
        case .json: json.object { writeJSON(to: &$0, time) }
        case .ecs: json.object { writeECS(to: &$0, time) }
        case .otel:
            json.otelRecord(time, level: level, message: message, scope: logger) { json in
                if let error { json.attribute("error.message", text: error) }
                for (key, value) in members { json.attribute("zuora_gateway.\(key)") { $0.anyValue(value) } }
            }
        case .text: writeText(to: &json.bytes, time)
        }
        json.bytes.append(UInt8(ascii: "\n"))
        return json.bytes
    }

    private func writeJSON(to json: inout JSONWriter, _ time: WallTime) {
        json.member("time", time.rfc3339)
        json.member("level", level.rawValue)
        json.member("logger", logger)
        json.member("message", message)
        if let error { json.member("error", error) }
        for (key, value) in members {
            json.key(Self.taken.contains(key) ? "_" + key : key)
            json.metadata(value)
        }
    }

    private static let taken: Set<String> = ["time", "level", "logger", "message", "error"]

    private func writeECS(to json: inout JSONWriter, _ time: WallTime) {
        json.beginECS(time, level: level.rawValue, message: message, dataset: "zuora-gateway.log")
        json.member("log.logger", logger)
        if let error { json.member("error.message", error) }
        for (key, value) in members {
            json.key("zuora_gateway.\(key)")
            json.metadata(value)
        }
    }

    private func writeText(to bytes: inout [UInt8], _ time: WallTime) {
        time.appendRFC3339(to: &bytes)
        bytes.append(contentsOf: " \(level.rawValue) \(message)".utf8)
        if let error { bytes.appendPair("error", error.utf8.span) }
        for (key, value) in members { bytes.appendPair(key, value.plain.utf8.span) }
    }
}

extension Logger.MetadataValue {
    /// For people.
    fileprivate var plain: String {
        switch self {
        case .string(let text): text
        case .stringConvertible(let thing): thing.description
        case .array(let elements): elements.map(\.plain).joined(separator: ",")
        case .dictionary(let members):
            members.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.plain)" }.joined(separator: ",")
        }
    }

    /// A number, written as one.
    static func number(_ value: Int) -> Logger.MetadataValue { .stringConvertible(value) }

    static func flag(_ value: Bool) -> Logger.MetadataValue { .stringConvertible(value) }
}

extension JSONWriter {
    /// Numbers and truth values are written as such.
    fileprivate mutating func metadata(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): self.value(text)
        case .stringConvertible(let number as Int): self.value(number)
        case .stringConvertible(let flag as Bool): self.value(flag)
        case .stringConvertible(let thing): self.value(thing.description)
        case .array(let elements): array { json in for element in elements { json.metadata(element) } }
        case .dictionary(let members):
            object { json in
                for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                    json.key(key)
                    json.metadata(value)
                }
            }
        }
    }

    /// The member of OTLP's `AnyValue`.
    fileprivate mutating func anyValue(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): member("stringValue", text)
        case .stringConvertible(let thing as Int): member("intValue", "\(thing)")
        case .stringConvertible(let thing as Bool): member("boolValue", thing)
        case .stringConvertible(let thing): member("stringValue", thing.description)
        case .array(let elements):
            object("arrayValue") { json in
                json.array("values") { json in for element in elements { json.object { $0.anyValue(element) } } }
            }
        case .dictionary(let members):
            object("kvlistValue") { json in
                json.array("values") { json in
                    for (key, value) in members.sorted(by: { $0.key < $1.key }) { json.attribute(key) { $0.anyValue(value) } }
                }
            }
        }
    }
}
