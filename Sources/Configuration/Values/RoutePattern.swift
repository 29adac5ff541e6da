/// `/v1/batch-query/jobs/{id}`: what a route's path may be.
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

    /// The pattern with its parameters' names left out: two with the same shape match the same paths.
    static func shape(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { $0.hasPrefix("{") ? "{}" : $0 }.joined(separator: "/")
    }
}
