import Wire

extension Denial {
    static func badPath(_ refusal: Refusal) -> Denial {
        Denial(
            refusal.status, .authorise, type: "bad-path", title: "Not a path that may be forwarded",
            detail: refusal.reason.description)
    }

    static let noRoute = Denial(
        404, .authorise, type: "no-route", title: "No such route", detail: "the gateway forwards nothing at this path")

    /// - Parameter allow: may be empty (RFC 9110 section 10.2.1).
    static func methodNotAllowed(_ allow: String) -> Denial {
        Denial(
            405, .authorise, type: "method-not-allowed", title: "Not a method of this path",
            detail: allow.isEmpty ? "no method of this path is forwarded" : "this path is forwarded with \(allow)", allow: allow)
    }

    static func notForwarded(_ route: Route, _ tenant: Tenant) -> Denial {
        Denial(
            403, .authorise, type: "route-not-forwarded", title: "Not a route of this tenant",
            detail: "add \"\(route.name)\" to routes in [tenants.\(tenant.name)] to have it forwarded")
    }

    static func notForCaller(_ route: Route, _ caller: Caller) -> Denial {
        Denial(
            403, .authorise, type: "route-not-allowed", title: "Not a route of this caller",
            detail: "add \"\(route.name)\" to routes in [callers.\(caller.name)] to allow it")
    }
}
