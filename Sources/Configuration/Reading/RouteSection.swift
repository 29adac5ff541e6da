import Policy

/// A `[[routes]]` table before it becomes `RouteSettings`.
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
        "Operations beyond the built-in ones. One name may have several methods and paths; built-in names cannot be extended.",
        [
            Field(
                "name", \.name, .name, isRequired: true, "The route's name in `routes` of tenants and callers.",
                example: #""orders.get""#),
            Field("method", \.method, .method, isRequired: true, "An HTTP method, in capitals.", example: #""GET""#),
            Field(
                "path", \.path,
                .string("path pattern") { path in
                    // Requests for it are handled before routing.
                    if path == "/oauth/token" { return "\(quoted(path)) is the gateway's own token endpoint" }
                    return RoutePath.problem(path).map { "\(quoted(path)) is not a valid route path: \($0)" }
                },
                isRequired: true, "Literal segments and `{parameter}` segments, each of which matches one segment.",
                example: #""/v1/orders/{id}""#),
            Field(
                "idempotent", \.isIdempotent, .boolean,
                """
                Whether repeating it is safe, so that the gateway may retry it when it is unknown whether it arrived. Absent: as \
                RFC 9110 defines the method.
                """,
                example: "true"),
        ])
}

extension ValueReader where Value == String {
    static let method = string("HTTP method") { method in
        guard Names.isToken(method), method.utf8.count <= 32, method == method.uppercased() else {
            return "\(quoted(method)) is not a method: a token in capitals"
        }
        return ["CONNECT", "TRACE"].contains(method) ? "\(method) is not forwarded" : nil
    }
}
