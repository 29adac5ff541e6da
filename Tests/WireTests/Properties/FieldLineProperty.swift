@testable import Wire

/// What must hold for response lines, lists and names whatever the bytes. Checked by the fuzzer, and by a test over its corpus.
/// - Returns: what does not hold, or nil.
func fieldLineProperty(_ bytes: [UInt8]) -> String? {
    if let field = FieldLine(responseLine: bytes.span) {
        let name = bytes[field.nameRange]
        let value = bytes[field.valueRange]
        guard field.nameRange.lowerBound == 0, !name.isEmpty, name.allSatisfy(\.isTokenCharacter) else { return "an odd name" }
        guard field.name == lookUp(name) else { return "another name" }
        guard !value.contains(where: { $0 == 0 || $0 == 0x0A || $0 == 0x0D }) else { return "an odd value" }
        let edges = [value.first, value.last].compactMap(\.self)
        guard !edges.contains(0x20), !edges.contains(0x09) else { return "white space left at an edge" }

        var block = HeaderBlock()
        guard block.append(field.name, nameBytes: Array(name).span, value: Array(value).span) else { return "not fit to send on" }
        guard block.bytes.count(where: { $0 == 0 }) == 1, block.bytes.last == 0 else { return "a NUL within a line" }
    }
    guard FieldName(bytes.span) == lookUp(bytes[...]) else { return "a name that is not recognised" }

    var list = FieldList(bytes.span)
    var end = 0
    while let element = list.next() {
        guard element.lowerBound >= end, element.upperBound <= bytes.count, !element.isEmpty else { return "odd elements" }
        let between = bytes[end..<element.lowerBound]
        guard between.allSatisfy({ [0x20, 0x09, 0x2C].contains($0) }) else { return "something lost before an element" }
        end = element.upperBound
    }
    let rest = bytes[end...]
    return rest.allSatisfy { [0x20, 0x09, 0x2C].contains($0) } ? nil : "something lost behind the elements"
}

private let knownNames = Dictionary(
    uniqueKeysWithValues: FieldName.allCases.filter { $0 != .other && $0 != .xForwarded }
        .map { (Array($0.text.description.lowercased().utf8), $0) })

private func lookUp(_ name: ArraySlice<UInt8>) -> FieldName {
    let small = name.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    if small.starts(with: "x-forwarded-".utf8) { return .xForwarded }
    return knownNames[small] ?? .other
}
