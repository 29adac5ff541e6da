@testable import Wire

/// What must hold for the response writer whatever it is told to write. Checked by the fuzzer, and by a test over its corpus.
///
/// The bytes are a script: a status in two bytes, then steps, each a kind, a name and a value, the latter two after their length.
/// - Returns: what does not hold, or nil.
func responseProperty(_ bytes: [UInt8]) -> String? {
    var script = bytes[...]
    func take(_ count: Int) -> [UInt8] {
        defer { script = script.dropFirst(count) }
        return Array(script.prefix(count))
    }
    func number() -> Int { Int(take(1).first ?? 0) }

    let status = number() << 8 | number()
    var writer = ResponseWriter()
    guard writer.status(status) == (100...999 ~= status) else { return "the status" }
    writer.removeAll()

    var lines: [[UInt8]] = []
    while !script.isEmpty {
        let kind = number()
        let name = take(number())
        let value = take(number())
        let isClean = !value.contains { $0 == 0 || $0 == 0x0A || $0 == 0x0D }
        let text = String(decoding: value, as: UTF8.self)
        switch kind % 4 {
        case 0:
            let isName = !name.isEmpty && name.allSatisfy(\.isTokenCharacter)
            guard writer.field(name.span, value.span) == (isName && isClean) else { return "a field of bytes" }
            if isName && isClean { lines.append(name + [0x3A, 0x20] + value) }
        case 1:
            guard writer.field("Name", value.span) == isClean else { return "a field with a literal name" }
            if isClean { lines.append(Array("Name: ".utf8) + value) }
        case 2:
            guard writer.field("Text", text) == isClean else { return "a field of text" }
            if isClean { lines.append(Array("Text: \(text)".utf8)) }
        default:
            let length = value.reduce(0) { $0 << 8 | Int($1) }
            guard writer.framing(.length(length)) == (length >= 0) else { return "a length" }
            if length >= 0 { lines.append(Array("Content-Length: \(length)".utf8)) }
        }
    }
    writer.endHead()
    lines.append([])
    var expected: [UInt8] = []
    for line in lines { expected += line + [0x0D, 0x0A] }
    guard writer.bytes == expected else { return "the head is not what was written" }
    // However it is read, there are as many lines as fields.
    guard writer.bytes.split(omittingEmptySubsequences: false, whereSeparator: { $0 == 0x0A }).count == lines.count + 1 else {
        return "a line too many"
    }
    return writer.bytes.contains(0) ? "a NUL" : nil
}
