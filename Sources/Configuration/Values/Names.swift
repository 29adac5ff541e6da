import Policy
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

    /// A name that a shell can set, and no key of a caller.
    static func isEnvironmentVariable(_ text: String) -> Bool {
        text.utf8.first?.isDigit == false && !text.hasPrefix("zgk_")
            && text.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == .underscore }
    }
}

/// `/v1/batch-query/jobs/{id}`: a valid path of a route.
enum RoutePath {
    /// What is wrong with a pattern; nil if nothing is.
    static func problem(_ path: String) -> String? {
        guard path.utf8.count <= 1024 else { return "longer than 1024 bytes" }
        guard path != "/" else { return "the path of no operation" }
        do throws(RoutePattern.Malformed) {
            _ = try RoutePattern(path)
            return nil
        } catch {
            return error.message
        }
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
