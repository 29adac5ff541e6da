@testable import Wire

/// What must hold for the head parser whatever the bytes. Checked by the fuzzer, and by a test over its corpus.
/// - Returns: what does not hold, or nil.
func requestHeadProperty(_ bytes: [UInt8]) -> String? {
    // Small limits, so that short inputs reach them.
    for limits in [HeadLimits(), HeadLimits(head: 200, target: 20, fields: 4)] {
        var whole = RequestHeadParser(limits: limits)
        let result = whole.parse(bytes.span)

        // A parser that was used before, and now gets the bytes in pieces.
        var cut = whole
        cut.reset()
        var end = 0
        var step = bytes.reduce(1) { ($0 &* 31 &+ Int($1)) & 0xFFFF }
        while end < bytes.count {
            end = min(bytes.count, end + step % 13 + 1)
            step = (step &* 75 &+ 74) % 65537
            if cut.parse(bytes.span.extracting(first: end)) != .incomplete { break }
        }
        guard cut.parse(bytes.span) == result, cut.head == whole.head else { return "cuts change the outcome" }

        switch result {
        case .incomplete:
            if bytes.count >= limits.head { return "the limit of the head is not kept" }
        case .refused(let refusal):
            guard [400, 413, 414, 417, 431, 501, 505].contains(refusal.status) else { return "status \(refusal.status)" }
        case .complete:
            if let complaint = acceptedHead(whole.head, of: bytes, limits: limits) { return complaint }
        }
    }
    return nil
}

private func acceptedHead(_ head: RequestHead, of bytes: [UInt8], limits: HeadLimits) -> String? {
    guard head.length <= bytes.count, head.length <= limits.head else { return "the head is too long" }
    guard bytes[..<head.length].suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A] else { return "the head does not end in an empty line" }
    guard head.fields.count <= limits.fields, head.targetRange.count <= limits.target else { return "a limit is not kept" }

    let inner = head.pathRange.lowerBound..<(head.queryRange?.upperBound ?? head.pathRange.upperBound)
    guard head.targetRange.contains(head.pathRange.lowerBound), inner.upperBound == head.targetRange.upperBound || inner.isEmpty
    else {
        return "the path is not where the target is"
    }
    guard inner.isEmpty ? bytes[head.targetRange] == [0x2A] : bytes[inner.lowerBound] == 0x2F else { return "an odd path" }

    // What is told apart is exactly what was sent: written down again, it is the same head with the white space normalised.
    var written = bytes[head.methodRange] + [0x20] + bytes[head.targetRange] + Array(" HTTP/1.\(head.minorVersion)\r\n".utf8)
    for field in head.fields {
        guard bytes[field.nameRange].allSatisfy(\.isTokenCharacter), !field.nameRange.isEmpty else { return "an odd name" }
        guard !bytes[field.valueRange].contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else { return "an odd value" }
        written += bytes[field.nameRange] + [0x3A] + bytes[field.valueRange] + [0x0D, 0x0A]
    }
    written += [0x0D, 0x0A]
    guard written.count <= head.length else { return "something was made up" }
    let again = Array(written)
    var parser = RequestHeadParser(limits: limits)
    guard parser.parse(again.span) == .complete else { return "what was accepted is refused when written again" }
    let same =
        parser.head.method == head.method && parser.head.framing == head.framing && parser.head.keepsAlive == head.keepsAlive
        && parser.head.expectsContinue == head.expectsContinue && parser.head.fields.map(\.name) == head.fields.map(\.name)
        && again[parser.head.authorityRange] == bytes[head.authorityRange] && parser.head.length == again.count
    return same ? nil : "what was accepted means something else when written again"
}
