import Policy

/// A `[[routes]]` table on its way to `RouteSettings`.
struct RouteDraft {
    var name: String?
    var method: String?
    var path: String?
    var isIdempotent: Bool?

    /// RFC 9110 section 9.2.2.
    private static let idempotentMethods: Set<String> = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]

    /// nil if a part is missing, which has been reported.
    var settings: RouteSettings? {
        guard let name, let method, let path else { return nil }
        return RouteSettings(
            name: name, method: method, path: path, isIdempotent: isIdempotent ?? Self.idempotentMethods.contains(method),
            kind: .other)
    }
}

extension Schema {
    static let route = Section<RouteDraft>(
        "[[routes]]",
        "Operations beyond the built-in ones. One name may stand for several methods and paths; a built-in one takes no more.",
        [
            Field(
                "name", \.name, .name, isRequired: true, "What `routes` of tenants and callers call it.",
                example: #""orders.get""#),
            Field("method", \.method, .method, isRequired: true, "An HTTP method, in capitals.", example: #""GET""#),
            Field(
                "path", \.path,
                .string("path pattern") { path in
                    RoutePattern.problem(path).map { "\(quoted(path)) is no path of a route: \($0)" }
                },
                isRequired: true, "Literal segments and `{parameter}` segments, each of which matches one segment.",
                example: #""/v1/orders/{id}""#),
            Field(
                "idempotent", \.isIdempotent, .boolean,
                """
                Whether a repeat does no harm, so that the gateway may repeat it when nobody knows if it arrived. Absent: as \
                RFC 9110 has it for the method.
                """,
                example: "true"),
        ])
}

extension ValueReader where Value == String {
    static let method = string("HTTP method") { method in
        guard Names.isToken(method), method.utf8.count <= 32, method == method.uppercased() else {
            return "\(quoted(method)) is no method: a token in capitals"
        }
        return ["CONNECT", "TRACE"].contains(method) ? "\(method) is not forwarded" : nil
    }
}
