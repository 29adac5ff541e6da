/// The request line: `method SP request-target SP HTTP-version` (RFC 9112 section 3).
enum RequestLine {
    /// The maximum length of a method.
    static let longestMethod = 32
    /// The maximum size of a request line without its target: method, two spaces, version and line end.
    static let mostAroundTarget = longestMethod + 2 + 8 + 2

    /// - Parameter line: free of control characters, save HTAB.
    static func parse(
        _ line: Range<Int>, of bytes: Span<UInt8>, maxTarget: Int, into head: inout RequestHead
    ) throws(Refusal) {
        var methodEnd = line.lowerBound
        while methodEnd < line.upperBound, bytes[methodEnd].isTokenCharacter { methodEnd += 1 }
        guard methodEnd < line.upperBound else { throw .requestLine }
        let method = line.lowerBound..<methodEnd
        guard !method.isEmpty, bytes[methodEnd] == .space else { throw .method }
        guard method.count <= longestMethod else { throw .methodTooLong }

        let rest = methodEnd + 1..<line.upperBound
        guard let targetEnd = bytes.firstIndex(of: .space, in: rest) else { throw .requestLine }
        let target = rest.lowerBound..<targetEnd
        guard !target.isEmpty, target.count <= maxTarget else { throw target.isEmpty ? .requestLine : .targetTooLong }

        head.minorVersion = try minorVersion(bytes.extracting(targetEnd + 1..<line.upperBound))
        head.method = RequestHead.Method(bytes.extracting(method))
        head.methodRange = method
        head.targetRange = target
        try RequestTarget.parse(target, of: bytes, into: &head)
    }

    /// The version's last digit. Names are case-sensitive (RFC 9112 section 2.3).
    private static func minorVersion(_ version: Span<UInt8>) throws(Refusal) -> UInt8 {
        if version.equals("HTTP/1.1") { return 1 }
        if version.equals("HTTP/1.0") { return 0 }
        let prefix: StaticString = "HTTP/"
        let isVersion =
            version.count == 8 && version.extracting(0..<prefix.utf8CodeUnitCount).equals(prefix)
            && version[5].isDigit && version[6] == UInt8(ascii: ".") && version[7].isDigit
        throw isVersion ? .versionNotSupported : .version
    }
}

extension RequestHead.Method {
    /// Recognises a method; unknown ones are `other`.
    public init(_ token: Span<UInt8>) {
        switch token.count {
        case 3: self = token.equals("GET") ? .get : token.equals("PUT") ? .put : .other
        case 4: self = token.equals("POST") ? .post : token.equals("HEAD") ? .head : .other
        case 5: self = token.equals("PATCH") ? .patch : token.equals("TRACE") ? .trace : .other
        case 6: self = token.equals("DELETE") ? .delete : .other
        case 7: self = token.equals("OPTIONS") ? .options : token.equals("CONNECT") ? .connect : .other
        default: self = .other
        }
    }
}

/// The request target: origin-form, absolute-form or `*` (RFC 9112 section 3.2). CONNECT, and so the authority-form, is not
/// implemented.
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
        // An empty path means "/" (RFC 9110 section 4.2.3), but there is no slash for a range to refer to; and no client
        // sends it.
        guard authorityEnd < target.upperBound, bytes[authorityEnd] == .slash else { throw .targetForm }
        try parsePath(authorityEnd..<target.upperBound, of: bytes, into: &head)
    }

    /// After `http://` or `https://`.
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
        while true {
            i = bytes.endOfWord(from: i, to: range.upperBound)
            guard i < range.upperBound else { break }
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
