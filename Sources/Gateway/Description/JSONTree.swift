import Wire

/// A JSON text as literals, for documents that are written out in the sources.
enum JSONTree {
    case null
    case flag(Bool)
    case number(Int)
    case text(String)
    case list([JSONTree])
    case members([(String, JSONTree)])

    /// The text, line feed included.
    var json: [UInt8] {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private func write(to json: inout JSONWriter) {
        switch self {
        case .null: json.null()
        case .flag(let value): json.value(value)
        case .number(let value): json.value(value)
        case .text(let value): json.value(value)
        case .list(let elements):
            json.beginArray()
            for element in elements { element.write(to: &json) }
            json.endArray()
        case .members(let members):
            json.beginObject()
            for (name, value) in members {
                json.key(name)
                value.write(to: &json)
            }
            json.endObject()
        }
    }

    /// An object with further members.
    func adding(_ more: [(String, JSONTree)]) -> JSONTree {
        if case .members(let members) = self { .members(members + more) } else { self }
    }

    static func texts(_ texts: some Sequence<String>) -> JSONTree { .list(texts.map(JSONTree.text)) }
}

extension JSONTree: ExpressibleByStringInterpolation, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
    init(stringLiteral value: String) { self = .text(value) }
    init(dictionaryLiteral elements: (String, JSONTree)...) { self = .members(elements) }
    init(arrayLiteral elements: JSONTree...) { self = .list(elements) }
}

extension JSONTree: ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    init(integerLiteral value: Int) { self = .number(value) }
    init(booleanLiteral value: Bool) { self = .flag(value) }
}
