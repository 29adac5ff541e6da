/// The request line: `method SP request-target SP HTTP-version` (RFC 9112 section 3).
enum RequestLine {
    /// A longer method is none that anyone implements.
    static let longestMethod = 32
    /// The most that a request line can have beside its target: method, two spaces, version and line end.
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
    /// Recognises a method; all that the gateway has no name for are `other`.
    init(_ token: Span<UInt8>) {
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
