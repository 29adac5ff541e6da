@testable import Wire

/// What must hold for the chunked decoder whatever the bytes. Checked by the fuzzer, and by a test over its corpus.
/// - Returns: what does not hold, or nil.
func chunkedBodyProperty(_ bytes: [UInt8]) -> String? {
    let whole = decode(bytes, pieceSizes: [bytes.count])
    guard let whole else { return "a range is empty or out of bounds" }
    let seed = bytes.reduce(7) { ($0 &* 31 &+ Int($1)) & 0xFFFF }
    for sizes in [[1], [seed % 5 + 1, seed % 17 + 1], [seed % (bytes.count + 1) + 1]] {
        guard decode(bytes, pieceSizes: sizes) == whole else { return "cuts change the outcome" }
    }

    let reference = readWholeBody(bytes)
    switch whole.last {
    case .end:
        guard let reference, reference.data == whole.data, reference.used == whole.used else { return "an end that is none" }
        var writer = ResponseWriter()
        writer.chunk(whole.data.span)
        writer.lastChunk()
        guard decode(writer.bytes, pieceSizes: [3])?.data == whole.data else { return "data does not survive being sent on" }
    case .needMore, .broken:
        guard reference == nil else { return "a whole body that is not taken" }
    case .data:
        return "data as the last event"
    }
    return nil
}

private struct Outcome: Equatable {
    var data: [UInt8] = []
    var last = ChunkedDecoder.Event.needMore
    var used = 0
}

/// Decodes the bytes in pieces, whose sizes come round again and again.
private func decode(_ bytes: [UInt8], pieceSizes: [Int]) -> Outcome? {
    var decoder = ChunkedDecoder()
    var outcome = Outcome()
    var start = 0
    var piece = 0
    while start < bytes.count {
        let input = Array(bytes[start..<min(bytes.count, start + pieceSizes[piece % pieceSizes.count])])
        var offset = 0
        while true {
            outcome.last = decoder.next(input.span, from: &offset)
            guard case .data(let range) = outcome.last else { break }
            guard !range.isEmpty, range.upperBound == offset, offset <= input.count else { return nil }
            outcome.data += input[range]
        }
        switch outcome.last {
        case .end:
            outcome.used = start + offset
            return outcome
        case .broken:
            return outcome
        default:
            guard offset == input.count else { return nil }
        }
        start += input.count
        piece += 1
    }
    return outcome
}

/// A second reader of the same grammar, line by line and with no thought of speed.
/// - Returns: nil unless the bytes begin with a whole body.
private func readWholeBody(_ bytes: [UInt8]) -> (data: [UInt8], used: Int)? {
    var rest = bytes[...]
    func line() -> ArraySlice<UInt8>? {
        guard let end = rest.firstIndex(of: 0x0D), end + 1 < rest.endIndex, rest[end + 1] == 0x0A else { return nil }
        let line = rest[..<end]
        rest = rest[(end + 2)...]
        return line.contains { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F } ? nil : line
    }
    var data: [UInt8] = []
    var extensions = 0
    while true {
        guard let head = line() else { return nil }
        let digits = head.prefix { $0 != 0x3B }
        extensions += head.count > digits.count ? head.count - digits.count : 0
        guard extensions <= ChunkedDecoder.extensionLimit, areExtensions(head.dropFirst(digits.count)) else { return nil }
        guard 1...16 ~= digits.count, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }) else {
            return nil
        }
        guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16) else { return nil }
        if size == 0 { break }
        guard size <= rest.count - 2, rest.dropFirst(size).prefix(2) == [0x0D, 0x0A] else { return nil }
        data += rest.prefix(size)
        rest = rest.dropFirst(size + 2)
    }
    let trailers = rest.startIndex
    while let field = line() {
        if rest.startIndex - trailers > ChunkedDecoder.trailerLimit { return nil }
        if field.isEmpty { return (data, rest.startIndex) }
        guard let colon = field.firstIndex(of: 0x3A), colon > field.startIndex else { return nil }
        guard field[..<colon].allSatisfy(\.isTokenCharacter) else { return nil }
    }
    return nil
}

private func areExtensions(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = text
    while !rest.isEmpty {
        guard rest.popFirst() == 0x3B else { return false }
        let name = rest.prefix(while: \.isTokenCharacter)
        guard !name.isEmpty else { return false }
        rest = rest.dropFirst(name.count)
        guard rest.first == 0x3D else { continue }
        rest = rest.dropFirst()
        if rest.first == 0x22 {
            rest = rest.dropFirst()
            var isClosed = false
            while !isClosed, let byte = rest.popFirst() {
                isClosed = byte == 0x22
                if byte == 0x5C, rest.popFirst() == nil { return false }
            }
            guard isClosed else { return false }
        } else {
            let value = rest.prefix(while: \.isTokenCharacter)
            guard !value.isEmpty else { return false }
            rest = rest.dropFirst(value.count)
        }
    }
    return true
}
