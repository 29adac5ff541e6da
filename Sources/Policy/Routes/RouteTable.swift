public import Wire

/// Every forwarded operation, as a tree of path segments.
///
/// If several patterns match a path, the one with the earlier literal segment wins, if it has the method. A HEAD
/// request uses the route of GET, unless there is one for HEAD: read permission includes checking for existence.
public struct RouteTable: Sendable {
    public let routes: [Route]
    /// Route names, each once; the index space of `RouteSet`.
    public let names: [String]
    private var nodes: [Node] = [Node()]

    private struct Node: Sendable {
        var literals = ByteTable([] as [String])
        var literalText: [[UInt8]] = []
        var children: [Int] = []
        var parameter: Int?
        /// Indices into `routes`.
        var routes: [Int] = []
    }

    /// The result of matching a path.
    public enum Match: Sendable {
        case matched(Int, RouteParameters)
        /// The path is known with other methods, those of the routes at these indices.
        case methodNotAllowed([Int])
        case notFound
        /// The path is not allowed upstream.
        case refused(Refusal)
    }

    init(_ settings: [RouteSettings]) {
        var names: [String] = []
        var routes: [Route] = []
        for setting in settings {
            guard let pattern = try? RoutePattern(setting.path) else { continue }
            if !names.contains(setting.name) { names.append(setting.name) }
            nodes[Self.insert(pattern, into: &nodes)].routes.append(routes.count)
            routes.append(Route(setting, pattern: pattern, nameIndex: names.firstIndex(of: setting.name) ?? 0))
        }
        for index in nodes.indices { nodes[index].literals = ByteTable(nodes[index].literalText) }
        self.names = names
        self.routes = routes
    }

    private static func insert(_ pattern: RoutePattern, into nodes: inout [Node]) -> Int {
        var node = 0
        for segment in pattern.segments {
            let child: Int?
            switch segment {
            case .literal(let text): child = nodes[node].literalText.firstIndex(of: text).map { nodes[node].children[$0] }
            case .parameter: child = nodes[node].parameter
            }
            if let child {
                node = child
                continue
            }
            nodes.append(Node())
            switch segment {
            case .literal(let text):
                nodes[node].literalText.append(text)
                nodes[node].children.append(nodes.count - 1)
            case .parameter: nodes[node].parameter = nodes.count - 1
            }
            node = nodes.count - 1
        }
        return node
    }

    /// The set of the routes with these names.
    func set(of names: [String]) -> RouteSet {
        names.reduce(into: RouteSet()) { set, name in
            if let index = self.names.firstIndex(of: name) { set.insert(index) }
        }
    }

    /// Matches a request by its method and path. The query is ignored.
    public func match(_ head: RequestHead, _ bytes: Span<UInt8>) -> Match {
        guard !head.pathRange.isEmpty else { return .notFound }
        let path: RequestPath
        do throws(Refusal) { path = try RequestPath(bytes, head.pathRange) } catch { return .refused(error) }
        guard !path.isTooDeep else { return .notFound }
        var search = Search()
        if let route = descend(0, 0, path, head, bytes, &search) { return .matched(route, search.parameters) }
        if !search.otherMethods.isEmpty { return .methodNotAllowed(search.otherMethods) }
        return search.refusal.map { .refused($0) } ?? .notFound
    }

    /// The state of a search.
    private struct Search {
        var parameters = RouteParameters()
        /// Routes that have the path but another method.
        var otherMethods: [Int] = []
        /// Why a segment is not a valid parameter.
        var refusal: Refusal?
    }

    /// Visits each node at most once, since the nodes are a tree; it is never deeper than a pattern.
    private func descend(
        _ node: Int, _ depth: Int, _ path: RequestPath, _ head: RequestHead, _ bytes: Span<UInt8>, _ search: inout Search
    ) -> Int? {
        guard depth < path.count else {
            if let route = route(at: node, head, bytes) { return route }
            search.otherMethods += nodes[node].routes
            return nil
        }
        let segment = path.segment(depth)
        if let literal = nodes[node].literals.index(of: bytes, segment),
            let route = descend(nodes[node].children[literal], depth + 1, path, head, bytes, &search)
        {
            return route
        }
        guard let parameter = nodes[node].parameter else { return nil }
        guard !segment.isEmpty else {
            search.refusal = Refusal(400, "A parameter of the path is empty.")
            return nil
        }
        guard segment.count <= 128 else {
            search.refusal = Refusal(400, "A parameter of the path has more than 128 bytes.")
            return nil
        }
        search.parameters.append(segment)
        if let route = descend(parameter, depth + 1, path, head, bytes, &search) { return route }
        search.parameters.removeLast()
        return nil
    }

    private func route(at node: Int, _ head: RequestHead, _ bytes: Span<UInt8>) -> Int? {
        var get: Int?
        for index in nodes[node].routes {
            if routes[index].method.isMethod(of: head, bytes) { return index }
            if head.method == .head, routes[index].method.known == .get { get = index }
        }
        return get
    }

    /// The value of `Allow` (RFC 9110 section 10.2.1) for the routes at `indices`.
    func allow(_ indices: [Int]) -> String {
        var methods: [String] = []
        for index in indices {
            let token = routes[index].method.token
            for method in token == "GET" ? ["GET", "HEAD"] : [token] where !methods.contains(method) { methods.append(method) }
        }
        return methods.joined(separator: ", ")
    }
}
