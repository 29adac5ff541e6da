import Wire

/// A short summary of a body that is not JSON.
enum PageSummary {
    /// The maximum size of a summary in bytes.
    static let limit = 120

    /// The title of an HTML page, or else its first heading; of other bodies the first words that are not markup.
    static func text(of body: Span<UInt8>, isHTML: Bool) -> String? {
        if isHTML {
            for tag in ["title", "h1", "h2"] as [StaticString] {
                if let range = content(of: tag, in: body), let words = words(of: body, in: range) { return words }
            }
        }
        return words(of: body, in: 0..<Swift.min(body.count, 4096))
    }

    /// Whether the body begins as HTML does.
    static func isHTML(_ body: Span<UInt8>) -> Bool {
        guard let start = start(of: body) else { return false }
        let text = body.extracting(droppingFirst: start)
        return text.starts(withIgnoringCase: "<!doctype html") || text.starts(withIgnoringCase: "<html")
    }

    static func isMarkup(_ body: Span<UInt8>) -> Bool {
        guard let start = start(of: body) else { return false }
        return body[start] == UInt8(ascii: "<")
    }

    private static func start(of body: Span<UInt8>) -> Int? {
        for i in body.indices where !isSpace(body[i]) { return i }
        return nil
    }

    private static func content(of tag: StaticString, in body: Span<UInt8>) -> Range<Int>? {
        var i = 0
        while i < body.count {
            if body[i] == UInt8(ascii: "<"), body.extracting(droppingFirst: i + 1).starts(withIgnoringCase: tag) {
                var start = i + 1 + tag.utf8CodeUnitCount
                while start < body.count, body[start] != UInt8(ascii: ">") { start += 1 }
                start += 1
                var end = start
                while end < body.count, body[end] != UInt8(ascii: "<") { end += 1 }
                return start < end ? start..<end : nil
            }
            i += 1
        }
        return nil
    }

    /// The text in `range`, without tags, with white space and control characters as single spaces, truncated to `limit`.
    private static func words(of body: Span<UInt8>, in range: Range<Int>) -> String? {
        var out: [UInt8] = []
        var isTag = false
        for i in range {
            let byte = body[i]
            if byte == UInt8(ascii: "<") { isTag = true }
            if !isTag, !isSpace(byte) {
                out.append(byte)
            } else if let last = out.last, last != 0x20 {
                out.append(0x20)
            }
            if byte == UInt8(ascii: ">") { isTag = false }
            if out.count >= limit { break }
        }
        while out.last == 0x20 { out.removeLast() }
        // A truncated character is removed.
        if out.count >= limit {
            while let last = out.last, last & 0xC0 == 0x80 { out.removeLast() }
            if let last = out.last, last >= 0xC0 { out.removeLast() }
        }
        return out.isEmpty ? nil : String(decoding: out, as: UTF8.self)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == 0x7F }
}
