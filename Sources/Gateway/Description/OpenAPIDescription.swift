public import Configuration
import Policy
import Wire

/// What callers see of a configuration, as an OpenAPI 3.1 description: the routes that its tenants forward, the header fields, the
/// outcomes of a cancel, and every problem type.
public struct OpenAPIDescription {
    let configuration: Configuration

    public init(_ configuration: Configuration) { self.configuration = configuration }

    /// The description as JSON, line feed included.
    public var json: [UInt8] { tree.line }

    private var tree: JSONValue {
        var document: [(String, JSONValue)] = [
            ("openapi", "3.1.0"),
            (
                "info",
                [
                    "title": "zuora-gateway", "version": .string(Version.current),
                    "description": """
                    The API for callers of this gateway. The gateway adds the tenant's credential, entity and orgs and relays Zuora's \
                    response, which is not described here; its own responses are problems (RFC 9457).
                    """,
                ]
            ),
            ("servers", .array(servers.map { ["url": .string($0)] })), ("paths", paths), ("components", components),
        ]
        if let security { document.append(("security", security)) }
        return .members(document)
    }

    /// The listeners on TCP with an address of their own.
    private var servers: [String] {
        let urls = configuration.gateway.listen.compactMap { listener -> String? in
            guard case .tcp(let host, let port, let isTLS) = listener.address, port > 0, !host.isUnspecified else { return nil }
            return "\(isTLS ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        }
        return urls.isEmpty ? ["/"] : urls
    }

    /// The ways in which callers authenticate; nil if every client is trusted.
    private var security: JSONValue? {
        let callers = configuration.callers
        guard !callers.isEmpty else { return nil }
        var ways: [JSONValue] = []
        if callers.contains(where: { !$0.keyHashes.isEmpty }) { ways += [["key": []], ["bearer": []]] }
        if callers.contains(where: { !$0.sans.isEmpty }) { ways.append(["certificate": []]) }
        // The peer of a Unix socket proves itself without anything in the request.
        if callers.contains(where: { !$0.peerUIDs.isEmpty || !$0.peerGIDs.isEmpty }) { ways.append([:]) }
        return .array(ways)
    }

    private var paths: JSONValue {
        let forwarded = Set(configuration.tenants.flatMap(\.routes))
        var paths: [(String, [(String, JSONValue)])] = []
        var names = Set<String>()
        for route in configuration.routes where forwarded.contains(route.name) {
            let operation = operation(of: route, isFirst: names.insert(route.name).inserted)
            if let index = paths.firstIndex(where: { $0.0 == route.path }) {
                paths[index].1.append((route.method.lowercased(), operation))
            } else {
                paths.append((route.path, [(route.method.lowercased(), operation)]))
            }
        }
        paths.append(("/oauth/token", [("post", Self.token)]))
        if let path = configuration.gateway.healthPath { paths.append((path, [("get", Self.health)])) }
        return .members(paths.map { ($0.0, .members($0.1)) })
    }
}

extension ProblemType {
    /// Every problem type as JSON, line feed included: `problems.json`.
    public static var json: [UInt8] {
        let types = allCases.map { type -> JSONValue in
            [
                "type": .string(type.uri), "statuses": .array(type.statuses.map(JSONValue.integer)),
                "phases": .strings(type.phases),
                "meaning": .string(type.meaning),
            ]
        }
        let document: JSONValue = ["version": .string(Version.current), "problems": .array(types)]
        return document.line
    }
}

extension String {
    /// Whether it is an address that means every address of the machine, which is not one to call.
    fileprivate var isUnspecified: Bool { allSatisfy { "0:.".contains($0) } }
}

/// Documents that are written out in the sources.
extension JSONValue {
    /// The text, line feed included.
    fileprivate var line: [UInt8] { serialized + [UInt8(ascii: "\n")] }

    static func integer(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }

    static func strings(_ strings: some Sequence<String>) -> JSONValue { .array(strings.map(JSONValue.string)) }

    static func members(_ members: [(String, JSONValue)]) -> JSONValue { .object(members.map { Member($0.0, $0.1) }) }
}
