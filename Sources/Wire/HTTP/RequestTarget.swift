/// The request target: origin-form, absolute-form or `*` (RFC 9112 section 3.2). CONNECT is not implemented, and with it the
/// authority-form.
enum RequestTarget {
    static func parse(_ target: Range<Int>, of bytes: Span<UInt8>, into head: inout RequestHead) throws(Refusal) {
        guard head.method != .connect else { throw .connect }
        guard bytes[target.lowerBound] != .slash else {
            return try parsePath(target, of: bytes, into: &head)
        }
        if head.method == .options, target.count == 1, bytes[target.lowerBound] == .asterisk {
            head.pathRange = target.lowerBound..<target.lowerBound
            return
        }
        let authorityStart = try schemeEnd(target, of: bytes)
        var authorityEnd = authorityStart
        while authorityEnd < target.upperBound, !endsAuthority(bytes[authorityEnd]) { authorityEnd += 1 }
        head.authorityRange = authorityStart..<authorityEnd
        switch Authority.check(bytes.extracting(head.authorityRange)) {
        case .valid: break
        case .hasUserinfo: throw .userinfo
        case .invalid: throw .authority
        }
        // An empty path means "/" (RFC 9110 section 4.2.3), but no slash stands there that a range could show; and no client
        // sends it.
        guard authorityEnd < target.upperBound, bytes[authorityEnd] == .slash else { throw .targetForm }
        try parsePath(authorityEnd..<target.upperBound, of: bytes, into: &head)
    }

    /// Behind `http://` or `https://`.
    private static func schemeEnd(_ target: Range<Int>, of bytes: Span<UInt8>) throws(Refusal) -> Int {
        let text = bytes.extracting(target)
        if text.starts(withIgnoringCase: "http://") { return target.lowerBound + 7 }
        if text.starts(withIgnoringCase: "https://") { return target.lowerBound + 8 }
        throw .targetForm
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool {
        byte == .slash || byte == .questionMark || byte == .hash
    }

    /// `path [ "?" query ]`, where the path begins with a slash.
    private static func parsePath(_ range: Range<Int>, of bytes: Span<UInt8>, into head: inout RequestHead) throws(Refusal) {
        var i = range.lowerBound
        var pathEnd = range.upperBound
        while i < range.upperBound {
            let byte = bytes[i]
            if byte.isPathCharacter || pathEnd < range.upperBound && byte.isQueryCharacter {
                i += 1
            } else if byte == .percent {
                guard i + 2 < range.upperBound, bytes[i + 1].hexValue != nil, bytes[i + 2].hexValue != nil else {
                    throw .percentEscape
                }
                i += 3
            } else if byte == .questionMark {
                if pathEnd == range.upperBound { pathEnd = i }
                i += 1
            } else {
                throw byte == .hash ? .fragment : .targetCharacter
            }
        }
        head.pathRange = range.lowerBound..<pathEnd
        head.queryRange = pathEnd < range.upperBound ? pathEnd + 1..<range.upperBound : nil
    }
}
