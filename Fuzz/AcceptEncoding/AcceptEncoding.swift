import Wire

/// Reads any bytes as the lines of an Accept-Encoding field, and compares with a slow reading of RFC 9110 section 12.5.3 by
/// strings. Lines are separated by LF.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAcceptEncoding(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let lines = UnsafeBufferPointer(start: data, count: count).split(separator: 0x0A, omittingEmptySubsequences: false)
    var field = AcceptEncoding()
    var encoding = ContentEncoding()
    for line in lines {
        let bytes = Array(line)
        field.add(bytes.span)
        encoding.add(bytes.span)
        checkOthers(bytes)
    }
    guard field.isPresent, field.acceptsGzip || !field.prefersGzip else { fatalError("gzip is preferred, and not accepted") }
    for mode in GzipMode.allCases { checkPlan(field, encoding.coding, mode) }
    // A quoted string may hold commas, which the slow reading does not know.
    if lines.contains(where: { $0.contains(UInt8(ascii: "\"")) }) { return 0 }
    let expected = slowly(lines.map { String(String.UnicodeScalarView($0.map { Unicode.Scalar($0) })) })
    for coding in ContentCoding.allCases where field.quality(of: coding) != expected[Int(coding.rawValue)] {
        fatalError("\(coding): \(field.quality(of: coding)), not \(expected[Int(coding.rawValue)])")
    }
    return 0
}

/// The sum of the rules, name by name.
private func slowly(_ lines: [String]) -> [Int] {
    var named: [String: Int] = [:]
    for member in lines.flatMap({ $0.split(separator: ",") }) {
        let parts = member.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false).map(trimmed)
        guard let name = parts.first.map(lowered), let quality = parts.count == 1 ? 1000 : weight(lowered(parts[1])) else {
            continue
        }
        let known = ["x-gzip": "gzip", "x-compress": "compress"][name] ?? name
        named[known] = min(named[known] ?? 1000, quality)
    }
    let names = ["identity", "gzip", "compress", "deflate", "br", "zstd", "*"]
    return names.map { named[$0] ?? named["*"] ?? ($0 == "identity" ? 1 : 0) }
}

private func weight(_ text: String) -> Int? {
    guard text.hasPrefix("q=") else { return nil }
    let digits = Array(text.unicodeScalars.dropFirst(2))
    guard let first = digits.first, first == "0" || first == "1", digits.count <= 5 else { return nil }
    if digits.count == 1 { return first == "1" ? 1000 : 0 }
    let decimals = digits.dropFirst(2)
    guard digits[1] == ".", decimals.allSatisfy({ ("0"..."9").contains($0) && (first == "0" || $0 == "0") }) else { return nil }
    let padded = String(String.UnicodeScalarView(decimals)) + String(repeating: "0", count: 3 - decimals.count)
    return first == "1" ? 1000 : Int(padded)
}

private func trimmed(_ text: Substring) -> String {
    var scalars = Substring(text).unicodeScalars
    while let first = scalars.first, first == " " || first == "\t" { scalars.removeFirst() }
    while let last = scalars.last, last == " " || last == "\t" { scalars.removeLast() }
    return String(scalars)
}

/// US-ASCII letters alone, since no other letter may turn into one.
private func lowered(_ text: String) -> String {
    String(
        String.UnicodeScalarView(text.unicodeScalars.map { ("A"..."Z").contains($0) ? Unicode.Scalar(UInt8($0.value) | 32) : $0 })
    )
}

/// The other readers of lists hold no rule to compare with: they must return, and weaken a tag once only.
private func checkOthers(_ bytes: [UInt8]) {
    _ = BodyFields.forbidsTransform(cacheControl: bytes.span)
    _ = BodyFields.variesByEncoding(vary: bytes.span)
    _ = BodyFields.isCompressible(contentType: bytes.span)
    if let weak = BodyFields.weakened(etag: bytes.span), BodyFields.weakened(etag: weak.span) != nil {
        fatalError("a weak tag was weakened")
    }
}

/// What every plan must keep, whatever was asked.
private func checkPlan(_ accept: AcceptEncoding, _ coding: ContentCoding, _ mode: GzipMode) {
    var facts = ResponseCoding.Facts(status: 200)
    facts.coding = coding
    facts.contentLength = 5000
    facts.isCompressible = true
    let plan = ResponseCoding.decide(facts, accept: accept, mode: mode)
    switch plan.body {
    case .deflate where coding == .identity && accept.acceptsGzip && mode != .never: break
    case .inflate where coding == .gzip: break
    case .asIs where coding != .gzip || (accept.acceptsGzip && mode != .never): break
    default: fatalError("\(plan) for \(coding) in \(mode)")
    }
}
