import Wire

@testable import Policy

/// Takes any bytes for a path, after one that chooses the method. A path that is matched must be the same path to every server
/// that could read it, however lenient: the literal segments where the pattern has them, and parameters that stay within their
/// segment. Checked by the fuzzer, and by a test over its corpus.
/// - Returns: what does not hold, or nil.
func routePathProperty(_ input: [UInt8]) -> String? {
    guard let first = input.first else { return nil }
    let methods: [RequestHead.Method] = [.get, .head, .post, .delete, .put, .options]
    var head = RequestHead()
    head.method = methods[Int(first) % methods.count]
    head.pathRange = 1..<input.count
    switch policy.table.match(head, input.span) {
    case .matched(let index, let parameters):
        return complaint(policy.routes[index], parameters, head.method, Array(input.dropFirst()))
    case .methodNotAllowed(let others): return others.isEmpty ? "an empty Allow" : nil
    case .notFound: return nil
    case .refused(let refusal): return refusal.status == 400 ? nil : "refused with \(refusal.status)"
    }
}

private let policy: Policy = {
    var routes = RouteSettings.builtIn
    routes.append(.init(name: "deep", method: "GET", path: "/a/{x}/b/{y}/", isIdempotent: true))
    routes.append(.init(name: "root", method: "GET", path: "/", isIdempotent: true))
    routes.append(.init(name: "literal", method: "GET", path: "/query/jobs/stats", isIdempotent: true))
    return Policy(callers: [], tenants: [], routes: routes, version: "0")
}()

private func complaint(
    _ route: Route, _ parameters: RouteParameters, _ method: RequestHead.Method, _ path: [UInt8]
) -> String? {
    guard route.method.token == token(method) || (method == .head && route.method.token == "GET") else {
        return "\(route.name) for \(method)"
    }
    let pattern = route.path.utf8.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false).map(Array.init)
    // As it stands, and as the most lenient of servers would read it, once and after a second decoding.
    let plain = path.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false).map(Array.init)
    let lenient = leniently(decoded(path))
    let twice = leniently(decoded(decoded(path)))
    guard plain.count == pattern.count, lenient.count == pattern.count, twice.count == pattern.count else {
        return "\(route.path) has another number of segments in some reading of \(path)"
    }
    var parameter = 0
    for (index, segment) in pattern.enumerated() {
        if segment.first == UInt8(ascii: "{") {
            let range = parameters[parameter]
            guard Array(path[range.lowerBound - 1..<range.upperBound - 1]) == plain[index], (1...128).contains(range.count) else {
                return "a parameter is not its segment"
            }
            guard lenient[index] == decoded(plain[index]), !lenient[index].contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
                return "a parameter reads otherwise: \(plain[index])"
            }
            parameter += 1
        } else if plain[index] != segment || lenient[index] != segment || twice[index] != segment {
            return "a literal reads otherwise: \(plain[index])"
        }
    }
    guard parameter == parameters.count else { return "\(parameters.count) parameters for \(route.path)" }
    return nil
}

private func token(_ method: RequestHead.Method) -> String {
    switch method {
    case .get: "GET"
    case .head: "HEAD"
    case .post: "POST"
    case .delete: "DELETE"
    case .put: "PUT"
    default: "OPTIONS"
    }
}

/// Every escape that can be read, and the rest as it stands.
private func decoded(_ text: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var index = 0
    while index < text.count {
        if text[index] == UInt8(ascii: "%"), index + 2 < text.count,
            let octet = UInt8(hex(text[index + 1...index + 2]), radix: 16)
        {
            out.append(octet)
            index += 3
        } else {
            out.append(text[index])
            index += 1
        }
    }
    return out
}

/// Two hexadecimal digits as text; signs, which `UInt8.init` would take, are none.
private func hex(_ digits: ArraySlice<UInt8>) -> String {
    digits.allSatisfy { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") } ? String(decoding: digits, as: UTF8.self) : ""
}

/// What a server makes of a path that takes `\` for `/`, cuts path parameters off, drops empty segments and resolves dots. The
/// empty segment at the end, which a trailing slash makes, stays.
private func leniently(_ path: [UInt8]) -> [[UInt8]] {
    let text = path.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }
    let segments = text.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { segment in
        Array(segment.prefix { $0 != UInt8(ascii: ";") && $0 != 0 })
    }
    var out: [[UInt8]] = []
    for (index, segment) in segments.enumerated() {
        switch segment {
        case [] where index < segments.count - 1: continue
        case [UInt8(ascii: ".")]: continue
        case [UInt8(ascii: "."), UInt8(ascii: ".")]: _ = out.popLast()
        default: out.append(segment)
        }
    }
    return out
}
