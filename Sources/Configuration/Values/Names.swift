import Wire

/// Characters of the names that the file defines and refers to.
enum Names {
    /// Tenants, callers, entities and routes: 1 to 64 of `A-Z a-z 0-9 . _ -`.
    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == .dot || $0 == .underscore || $0 == .hyphen }
    }

    static let nameForm = "1 to 64 of A-Z a-z 0-9 . _ -"

    /// RFC 9110 section 5.6.2.
    static func isToken(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(\.isTokenCharacter) }

    /// A name that a shell can set.
    static func isEnvironmentVariable(_ text: String) -> Bool {
        text.utf8.first?.isDigit == false && text.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == .underscore }
    }
}

/// Zuora entity ids: a UUID, with or without its hyphens, in either case.
enum EntityID {
    /// 32 lower-case hexadecimal digits; nil if it is not an id.
    static func normalise(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        let digits: [UInt8]
        switch bytes.count {
        case 32: digits = bytes
        case 36:
            guard [8, 13, 18, 23].allSatisfy({ bytes[$0] == .hyphen }) else { return nil }
            digits = bytes.enumerated().filter { ![8, 13, 18, 23].contains($0.offset) }.map(\.element)
        default: return nil
        }
        guard digits.allSatisfy({ $0.hexValue != nil }) else { return nil }
        return String(decoding: digits, as: UTF8.self).lowercased()
    }
}

/// `/v1/batch-query/jobs/{id}`: a valid path of a route.
enum RoutePattern {
    /// What is wrong with a pattern; nil if nothing is.
    static func problem(_ path: String) -> String? {
        guard path.utf8.count <= 1024 else { return "longer than 1024 bytes" }
        guard path.hasPrefix("/") else { return "a path begins with \"/\"" }
        guard !path.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F || "?#%\\\"<>^`|".utf8.contains($0) }) else {
            return "only visible ASCII, and neither query, fragment nor percent-encoding"
        }
        var parameters = Set<Substring>()
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            if segment.isEmpty, index < segments.count - 1 || index == 0 { return "an empty segment" }
            if segment == "." || segment == ".." { return "a \"\(segment)\" segment, which no request may have" }
            guard segment.contains("{") || segment.contains("}") else { continue }
            let name = segment.dropFirst().dropLast()
            guard segment.hasPrefix("{"), segment.hasSuffix("}"), !name.isEmpty,
                name.utf8.allSatisfy({ $0.isLetter || $0.isDigit || $0 == .underscore })
            else { return "a parameter is a whole segment, such as {id}" }
            guard parameters.insert(name).inserted else { return "the parameter {\(name)} twice" }
        }
        return nil
    }

    /// Whether a path without parameters is one of a pattern's.
    static func matches(_ pattern: String, _ path: String) -> Bool {
        let (pattern, path) = (
            pattern.split(separator: "/", omittingEmptySubsequences: false),
            path.split(separator: "/", omittingEmptySubsequences: false)
        )
        return pattern.count == path.count && zip(pattern, path).allSatisfy { $0 == $1 || $0.hasPrefix("{") && !$1.isEmpty }
    }

    /// The pattern with its parameters' names left out: two with the same shape match the same paths.
    static func shape(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { $0.hasPrefix("{") ? "{}" : $0 }.joined(separator: "/")
    }
}
