import Wire

/// A forwarded operation, ready to be matched. A class, so that handing it about costs one reference count.
public final class Route: Sendable {
    /// As in `routes = ["aqua.cancel"]`. Several patterns may share a name.
    public let name: String
    /// The name's index in `RouteTable.names`.
    public let nameIndex: Int
    public let method: RouteMethod
    /// The pattern, as it is configured. Bounded in number, so it is what metrics are labelled with.
    public let path: String
    public let isIdempotent: Bool
    public let kind: RouteSettings.Kind
    /// The names of the parameters, in the order in which `RouteParameters` has them.
    public let parameters: [String]
    /// Which of them is called `id`: the job's or the file's.
    public let identifier: Int?

    init(_ settings: RouteSettings, pattern: RoutePattern, nameIndex: Int) {
        name = settings.name
        self.nameIndex = nameIndex
        method = RouteMethod(settings.method)
        path = settings.path
        isIdempotent = settings.isIdempotent
        kind = settings.kind
        parameters = pattern.parameterNames
        identifier = parameters.firstIndex(of: "id")
    }
}

/// A method as a route has it. Methods are case-sensitive (RFC 9110 section 9.1).
public struct RouteMethod: Hashable, Sendable {
    public let token: String
    let known: RequestHead.Method
    private let bytes: [UInt8]

    init(_ token: String) {
        self.token = token
        bytes = Array(token.utf8)
        known =
            switch token {
            case "GET": .get
            case "HEAD": .head
            case "POST": .post
            case "PUT": .put
            case "DELETE": .delete
            case "PATCH": .patch
            case "OPTIONS": .options
            case "TRACE": .trace
            case "CONNECT": .connect
            default: .other
            }
    }

    func isMethod(of head: RequestHead, _ text: Span<UInt8>) -> Bool {
        guard known == head.method else { return false }
        guard known == .other else { return true }
        guard bytes.count == head.methodRange.count else { return false }
        for i in bytes.indices where bytes[i] != text[head.methodRange.lowerBound + i] { return false }
        return true
    }
}
