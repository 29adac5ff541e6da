@testable import Wire

/// What must hold for the response parser and the decoder of its body whatever a server sends. Checked by the fuzzer, and by a
/// test over its corpus.
///
/// The first byte says what is asked and how: its bit 0 is set after a HEAD, bit 1 if the connection closes behind the bytes, bit
/// 2 if it does so without a proper end, bit 3 for limits that short inputs reach.
/// - Returns: what does not hold, or nil.
func responseStreamProperty(_ input: [UInt8]) -> String? {
    let mode = input.first ?? 0
    let bytes = Array(input.dropFirst())
    let limits = mode & 8 == 0 ? ResponseHeadParser.Limits() : ResponseHeadParser.Limits(head: 120, line: 60, fields: 4)
    let isHead = mode & 1 != 0
    let closed = mode & 2 == 0 ? nil : mode & 4 == 0

    var whole = ResponseStream(limits: limits, toHead: isHead)
    if let complaint = whole.take(bytes, upTo: bytes.count) ?? whole.close(closed) { return complaint }

    // A parser that was used before, and now gets the bytes in pieces.
    var step = bytes.reduce(1) { ($0 &* 31 &+ Int($1)) & 0xFFFF }
    for longest in bytes.count <= 64 ? [1, 13] : [40, 300] {
        var cut = ResponseStream(limits: limits, toHead: isHead)
        cut.parser = whole.parser
        cut.parser.reset()
        var end = 0
        while end < bytes.count {
            step = (step &* 75 &+ 74) % 65537
            end = min(bytes.count, end + step % longest + 1)
            if let complaint = cut.take(bytes, upTo: end) { return complaint }
        }
        if let complaint = cut.close(closed) { return complaint }
        guard cut.outcome == whole.outcome else { return "cuts change the outcome" }
    }
    return whole.outcome.head.flatMap {
        acceptedHead($0, of: bytes[whole.headStart...].prefix($0.length), toHead: isHead, limits: limits)
    }
        ?? acceptedBody(whole.outcome, of: bytes, closed: closed)
}

/// A connection on which one response arrives.
private struct ResponseStream {
    struct Outcome: Equatable {
        var interim: [Int] = []
        var head: ResponseHead?
        /// Bytes of the interim heads and of the head.
        var headLength = 0
        var body: [UInt8] = []
        /// Bytes of the body with its coding, unless that is broken.
        var bodyLength = 0
        var isAtEnd = false
        var fault: ResponseFault?
    }

    var parser: ResponseHeadParser
    let isHead: Bool
    var decoder: ResponseBodyDecoder?
    /// Where the bytes begin that are not used up.
    var start = 0
    var headStart = 0
    var outcome = Outcome()

    init(limits: ResponseHeadParser.Limits, toHead isHead: Bool) {
        parser = ResponseHeadParser(limits: limits)
        self.isHead = isHead
    }

    /// Takes what has arrived, up to this offset.
    /// - Returns: what does not hold.
    mutating func take(_ bytes: [UInt8], upTo end: Int) -> String? {
        guard outcome.fault == nil, !outcome.isAtEnd else { return nil }
        while decoder == nil {
            let arrived = bytes.span.extracting(start..<end)
            let result = parser.parse(arrived, toHead: isHead)
            if result == .incomplete { return arrived.count < parser.limits.head ? nil : "the limit of the head is not kept" }
            guard parser.parse(arrived, toHead: isHead) == result else { return "a result that is not final" }
            switch result {
            case .incomplete:
                return nil
            case .broken(let fault):
                outcome.fault = fault
                return nil
            case .interim, .complete:
                let length = parser.head.length
                guard length <= arrived.count, length <= parser.limits.head else { return "the head is too long" }
                guard bytes[start..<start + length].suffix(4) == [0x0D, 0x0A, 0x0D, 0x0A] else {
                    return "no empty line at the end"
                }
                outcome.headLength += length
                if result == .interim {
                    guard 100...199 ~= parser.head.status, parser.head.status != 101 else { return "an odd interim status" }
                    outcome.interim.append(parser.head.status)
                    guard outcome.headLength <= parser.limits.head else { return "interim responses without bounds" }
                    parser.continueAfterInterim()
                } else {
                    outcome.head = parser.head
                    headStart = start
                    decoder = ResponseBodyDecoder(parser.head.framing)
                }
                start += length
            }
        }
        let arrived = bytes.span.extracting(start..<end)
        var offset = 0
        while true {
            guard let event = decoder?.next(arrived, from: &offset) else { return "no decoder" }
            switch event {
            case .data(let range):
                guard !range.isEmpty, range.upperBound == offset, offset <= arrived.count else { return "an odd range" }
                outcome.body += bytes[start + range.lowerBound..<start + range.upperBound]
                continue
            case .needMore:
                guard offset == arrived.count else { return "bytes are left" }
            case .end:
                outcome.isAtEnd = true
            case .broken(let fault):
                outcome.fault = fault
                outcome.bodyLength = 0
                return nil
            }
            break
        }
        outcome.bodyLength += offset
        start += offset
        return nil
    }

    mutating func close(_ cleanly: Bool?) -> String? {
        guard let cleanly, outcome.fault == nil, !outcome.isAtEnd, decoder != nil else { return nil }
        switch decoder?.closed(cleanly: cleanly) {
        case .end: outcome.isAtEnd = true
        case .broken(let fault): outcome.fault = fault
        default: return "a close that ends nothing"
        }
        return nil
    }
}

private func acceptedHead(
    _ head: ResponseHead, of text: ArraySlice<UInt8>, toHead isHead: Bool, limits: ResponseHeadParser.Limits
) -> String? {
    let bytes = Array(text)
    guard 200...599 ~= head.status, head.fields.count <= limits.fields else { return "an odd head" }
    guard head.keepAliveTimeout.map({ 0...86_400 ~= $0 }) ?? true else { return "an odd timeout" }
    guard head.framing != .untilClose || !head.keepsAlive else { return "a connection that is kept though it ends the body" }
    let lengths = head.fields.filter { $0.name == .contentLength }
    let codings = head.fields.filter { $0.name == .transferEncoding }
    guard lengths.count + codings.count <= 1 else { return "two fields frame the body" }
    if isHead || head.status == 204 || head.status == 304 {
        guard head.framing == .none else { return "a body where there is none" }
    } else {
        let length = lengths.first.flatMap { Int(String(decoding: bytes[$0.valueRange], as: UTF8.self)) }
        let framing: ResponseFraming = codings.isEmpty ? length.map { .length($0) } ?? .untilClose : .chunked
        guard head.framing == framing else { return "the framing is not what the fields say" }
    }

    // What is relayed is what was understood: written down as it was mended, it means the same.
    var written = Array("HTTP/1.\(head.minorVersion) \(head.status) ".utf8) + bytes[head.reasonRange] + [0x0D, 0x0A]
    for field in head.fields {
        guard bytes[field.nameRange].allSatisfy(\.isTokenCharacter), !field.nameRange.isEmpty else { return "an odd name" }
        guard !bytes[field.valueRange].contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else { return "an odd value" }
        written += bytes[field.nameRange] + [0x3A] + bytes[field.valueRange] + [0x0D, 0x0A]
    }
    written += [0x0D, 0x0A]
    // The space before a reason that is not there may be missing.
    guard written.count <= head.length + 1 else { return "something was made up" }
    var parser = ResponseHeadParser(limits: ResponseHeadParser.Limits(head: .max, line: .max, fields: limits.fields))
    guard parser.parse(written.span, toHead: isHead) == .complete else {
        return "what was accepted is a fault when written again"
    }
    let same =
        parser.head.status == head.status && parser.head.framing == head.framing
        && parser.head.fields.map(\.name) == head.fields.map(\.name) && parser.head.length == written.count
        && parser.head.keepAliveTimeout == head.keepAliveTimeout && (parser.head.keepsAlive || !head.keepsAlive)
    return same ? nil : "what was accepted means something else when written again"
}

private func acceptedBody(_ outcome: ResponseStream.Outcome, of bytes: [UInt8], closed: Bool?) -> String? {
    guard let head = outcome.head else { return outcome.isAtEnd ? "an end without a head" : nil }
    let rest = bytes.dropFirst(outcome.headLength)
    switch head.framing {
    case .none:
        guard outcome.isAtEnd, outcome.body.isEmpty, outcome.bodyLength == 0 else { return "a body where there is none" }
    case .length(let length):
        guard outcome.body == Array(rest.prefix(length)) else { return "another body" }
        guard outcome.isAtEnd == (rest.count >= length) else { return "an end that is none" }
    case .untilClose:
        guard outcome.body == Array(rest), outcome.isAtEnd == (closed == true) else { return "another body" }
    case .chunked:
        if outcome.isAtEnd {
            guard rest.prefix(outcome.bodyLength).suffix(2) == [0x0D, 0x0A] else { return "an end that is none" }
        }
    }
    guard outcome.isAtEnd || outcome.fault != nil || closed == nil else { return "a close that ends nothing" }
    return nil
}
