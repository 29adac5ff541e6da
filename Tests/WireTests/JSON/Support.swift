import Foundation
import Wire

/// The events of a text in a short notation: `{ } [ ] k:name s:text n:1 t f 0`.
func events(_ text: [UInt8]) throws(JSONError) -> [String] {
    var scanner = JSONScanner(text.span)
    var out: [String] = []
    while let event = try scanner.next() {
        switch event {
        case .beginObject: out.append("{")
        case .endObject: out.append("}")
        case .beginArray: out.append("[")
        case .endArray: out.append("]")
        case .key(let slice): out.append("k:" + scanner.text(slice))
        case .string(let slice): out.append("s:" + scanner.text(slice))
        case .number(let range): out.append("n:" + scanner.numberText(range))
        case .bool(let value): out.append(value ? "t" : "f")
        case .null: out.append("0")
        }
    }
    return out
}

func events(_ text: String) throws(JSONError) -> [String] { try events(Array(text.utf8)) }

func failure(_ text: [UInt8]) -> JSONError? {
    do {
        _ = try events(text)
        return nil
    } catch { return error }
}

func failure(_ text: String) -> JSONError? { failure(Array(text.utf8)) }

/// What Foundation reads from the same bytes; nil where it refuses.
func foundation(_ text: [UInt8]) -> Any? { try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed) }

/// Whether a tree and Foundation's objects say the same.
func agree(_ value: JSONValue, _ object: Any) -> Bool {
    switch value {
    case .null: return object is NSNull
    case .bool(let value): return object as? Bool == value
    case .number(let number):
        guard let other = object as? NSNumber else { return false }
        return number.int.map { $0 == other.intValue } ?? (number.double == other.doubleValue)
    case .string(let text): return object as? String == text
    case .array(let elements):
        guard let other = object as? [Any], other.count == elements.count else { return false }
        return zip(elements, other).allSatisfy { agree($0, $1) }
    case .object(let members):
        guard let other = object as? [String: Any], other.count == members.count else { return false }
        return members.allSatisfy { member in other[member.name].map { agree(member.value, $0) } ?? false }
    }
}

/// A random document as text, with random white space, escapes and number forms.
struct DocumentGenerator {
    var random: SplitMix64

    mutating func document() -> [UInt8] {
        var out: [UInt8] = []
        value(depth: 0, into: &out)
        return out
    }

    private mutating func space(_ out: inout [UInt8]) {
        for _ in 0..<Int.random(in: 0...1, using: &random) {
            out.append([0x20, 0x0A, 0x0D, 0x09].randomElement(using: &random)!)
        }
    }

    private mutating func value(depth: Int, into out: inout [UInt8]) {
        space(&out)
        switch Int.random(in: 0..<(depth > 4 ? 5 : 8), using: &random) {
        case 0: out += Array("null".utf8)
        case 1: out += Array((Bool.random(using: &random) ? "true" : "false").utf8)
        case 2:
            let forms = [
                "0", "-0", "1", "-17", "90003", "50000070", "1.5", "-0.25", "1e3", "2E-2", "9007199254740993", "6.02e+23",
            ]
            out += Array(forms.randomElement(using: &random)!.utf8)
        case 3, 4: string(unique: nil, into: &out)
        case 5:
            out.append(0x5B)
            for i in 0..<Int.random(in: 0...4, using: &random) {
                if i > 0 { out.append(0x2C) }
                value(depth: depth + 1, into: &out)
            }
            space(&out)
            out.append(0x5D)
        default:
            out.append(0x7B)
            for i in 0..<Int.random(in: 0...4, using: &random) {
                if i > 0 { out.append(0x2C) }
                space(&out)
                string(unique: i, into: &out)
                space(&out)
                out.append(0x3A)
                value(depth: depth + 1, into: &out)
            }
            space(&out)
            out.append(0x7D)
        }
        space(&out)
    }

    private mutating func string(unique: Int?, into out: inout [UInt8]) {
        let pieces = [
            "a", "status", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "é", "日本", "😀", "\\ud83d\\ude00", "'", "<b>", "\\t",
            "0123456789abcdef",
        ]
        out.append(0x22)
        if let unique { out += Array("\(unique)".utf8) }
        for _ in 0..<Int.random(in: 0...5, using: &random) { out += Array(pieces.randomElement(using: &random)!.utf8) }
        out.append(0x22)
    }
}
