import Logging
import Policy
import Wire

/// A diagnostic in the formats other than `json`, without its line feed.
extension JSONLogHandler {
    func otherLine(
        _ format: LogFormat, _ event: LogEvent, _ members: [(key: String, value: Logger.MetadataValue)], _ time: WallTime
    )
        -> [UInt8]
    {
        switch format {
        case .json, .ecs:
            var json = JSONWriter()
            json.beginECS(time, level: event.level.rawValue, message: event.message.description, dataset: "zuora-gateway.log")
            json.member("log.logger", label)
            if let error = event.error { json.member("error.message", "\(error)") }
            for (key, value) in members {
                json.key("zuora_gateway.\(key)")
                json.metadata(value)
            }
            json.endObject()
            return json.bytes
        case .otel:
            var json = JSONWriter()
            json.beginOTel(time, level: event.level, message: event.message.description, scope: label)
            if let error = event.error { json.attribute("error.message", text: "\(error)") }
            for (key, value) in members {
                json.beginAttribute("zuora_gateway.\(key)")
                json.anyValue(value)
                json.endAttribute()
            }
            json.endOTel(trace: nil)
            return json.bytes
        case .text:
            var bytes: [UInt8] = []
            time.appendRFC3339(to: &bytes)
            bytes.append(contentsOf: " \(event.level.rawValue) \(event.message.description)".utf8)
            if let error = event.error { bytes.appendPair("error", "\(error)".utf8.span) }
            for (key, value) in members { bytes.appendPair(key, value.plain.utf8.span) }
            return bytes
        }
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
    /// The members of OTLP's `AnyValue`.
    fileprivate mutating func anyValue(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): member("stringValue", text)
        case .stringConvertible(let thing as Int): member("intValue", "\(thing)")
        case .stringConvertible(let thing as Bool): member("boolValue", thing)
        case .stringConvertible(let thing): member("stringValue", thing.description)
        case .array(let elements):
            key("arrayValue")
            beginObject()
            key("values")
            beginArray()
            for element in elements {
                beginObject()
                anyValue(element)
                endObject()
            }
            endArray()
            endObject()
        case .dictionary(let members):
            key("kvlistValue")
            beginObject()
            key("values")
            beginArray()
            for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                beginAttribute(key)
                anyValue(value)
                endAttribute()
            }
            endArray()
            endObject()
        }
    }
}
