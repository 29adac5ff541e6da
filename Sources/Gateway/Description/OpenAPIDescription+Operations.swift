import Configuration
import Policy
import Wire

extension OpenAPIDescription {
    /// - Parameter isFirst: whether no other path of the route has come before: ids of operations are unique.
    func operation(of route: RouteSettings, isFirst: Bool) -> JSONValue {
        let tenants = configuration.tenants.filter { $0.routes.contains(route.name) }
        let isCancel = route.kind.isCancel
        var members: [(String, JSONValue)] = [
            ("operationId", .string(isFirst ? route.name : "\(route.name) \(route.path)")),
            ("summary", .string("\(route.name): \(route.isIdempotent ? "may be repeated" : "must not be repeated")")),
            ("tags", .strings(tenants.map(\.name))),
            ("parameters", .array(pathParameters(route) + fields(route, tenants))),
        ]
        if ["POST", "PUT", "PATCH"].contains(route.method) {
            members.append(("requestBody", ["content": ["application/json": ["schema": [:]], "*/*": ["schema": [:]]]]))
        }
        members.append(("responses", responses(route, isCancel: isCancel)))
        return .members(members)
    }

    private func pathParameters(_ route: RouteSettings) -> [JSONValue] {
        route.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { segment in
            [
                "name": .string(String(segment.dropFirst().dropLast())), "in": "path", "required": true,
                "schema": ["type": "string", "pattern": "^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$", "maxLength": 128],
            ]
        }
    }

    private func fields(_ route: RouteSettings, _ tenants: [TenantSettings]) -> [JSONValue] {
        let gateway = configuration.gateway
        let isChosen = gateway.listen.contains { $0.tenant == nil } && gateway.defaultTenant == nil
        var fields: [JSONValue] = [
            field(
                gateway.tenantHeader, "The tenant, unless the listener or the configuration has one.",
                ["type": "string", "enum": .strings(tenants.map(\.name))], isRequired: isChosen),
            ["$ref": "#/components/parameters/trackID"], ["$ref": "#/components/parameters/timeout"],
            ["$ref": "#/components/parameters/traceparent"],
        ]
        let entities = Set(tenants.flatMap(\.entities).map(\.name)).sorted()
        if !entities.isEmpty {
            fields.append(
                field(
                    "Zuora-Entity-Ids", "One entity of the tenant, by name or id.",
                    ["type": "string", "examples": .strings(entities)]))
        }
        if tenants.contains(where: { !$0.orgs.isEmpty }) {
            fields.append(field("Zuora-Org-Ids", "Some of the tenant's orgs, separated by commas.", ["type": "string"]))
        }
        if tenants.contains(where: \.callerMayChooseVersion) {
            fields.append(field("Zuora-Version", "Replaces the tenant's version.", ["type": "string", "minLength": 1]))
        }
        if route.method == "POST" || route.method == "PATCH" { fields.append(["$ref": "#/components/parameters/idempotencyKey"]) }
        return fields
    }

    private func field(_ name: String, _ description: String, _ schema: JSONValue, isRequired: Bool = false) -> JSONValue {
        [
            "name": .string(name), "in": "header", "required": .bool(isRequired), "description": .string(description),
            "schema": schema,
        ]
    }

    /// Zuora's response, and the problems by their status.
    private func responses(_ route: RouteSettings, isCancel: Bool) -> JSONValue {
        let isFile = route.kind.mayBeLarge
        var relayed: [(String, JSONValue)] = [(isFile ? "*/*" : "application/json", ["schema": [:]])]
        // Zuora's errors are not always JSON: a page of its edge, for example.
        if !isFile { relayed.append(("*/*", ["schema": [:]])) }
        var fields: [(String, JSONValue)] = [
            ("Zuora-Track-Id", ["$ref": "#/components/headers/Zuora-Track-Id"]), ("Via", ["$ref": "#/components/headers/Via"]),
            ("Gateway-Attempts", ["$ref": "#/components/headers/Gateway-Attempts"]),
            ("Proxy-Status", ["$ref": "#/components/headers/Proxy-Status"]),
        ]
        var mayLackOutcome = fields
        if isCancel {
            fields.append(("Gateway-Outcome", ["$ref": "#/components/headers/Gateway-Outcome"]))
            mayLackOutcome.append(("Gateway-Outcome", ["$ref": "#/components/headers/Gateway-Outcome-If-Read"]))
        }
        var responses: [(String, JSONValue)] = [
            (
                "200",
                [
                    "description": .string(
                        isCancel ? "Zuora's response; Gateway-Outcome says what happened to the job." : "Zuora's response."),
                    "headers": .members(fields), "content": .members(relayed),
                ]
            )
        ]
        for status in Set(ProblemType.allCases.flatMap(\.statuses)).subtracting([ProblemType.onlyLogged]).sorted() {
            let types = ProblemType.allCases.filter { $0.occurs(with: status) }
            let problem: JSONValue = [
                "allOf": [
                    ["$ref": "#/components/schemas/Problem"],
                    [
                        "properties": [
                            "type": ["enum": .strings(types.map(\.uri) + ["about:blank"])], "status": ["const": .integer(status)],
                        ]
                    ],
                ]
            ]
            responses.append(
                (
                    "\(status)",
                    [
                        "description": .string("A problem: \(types.map(\.name).joined(separator: ", ")). Or Zuora's response."),
                        "headers": .members(
                            (ProblemType.statusesOfUnread.contains(status) ? mayLackOutcome : fields) + Self.more(for: status)),
                        "content": .members([("application/problem+json", ["schema": problem])] + relayed),
                    ]
                ))
        }
        responses.append(
            ("default", ["description": "Zuora's response.", "headers": .members(fields), "content": .members(relayed)]))
        return .members(responses)
    }

    private static func more(for status: Int) -> [(String, JSONValue)] {
        switch status {
        case 405: [("Allow", ["schema": ["type": "string"]])]
        case 401: [("WWW-Authenticate", ["schema": ["type": "string"]])]
        case 429, 503: [("Retry-After", ["$ref": "#/components/headers/Retry-After"])]
        default: []
        }
    }

    /// The gateway's own token endpoint.
    static let token: JSONValue = [
        "operationId": "token", "summary": "A token of the gateway for a caller's name and key, for clients that require one.",
        "security": [],
        "requestBody": [
            "required": true,
            "content": [
                "application/x-www-form-urlencoded": [
                    "schema": [
                        "type": "object", "required": ["grant_type"],
                        "properties": [
                            "grant_type": ["const": "client_credentials"], "client_id": ["type": "string"],
                            "client_secret": ["type": "string"],
                        ],
                    ]
                ]
            ],
        ],
        "responses": [
            "200": [
                "description": "The token, to send as Authorization: Bearer.",
                "content": ["application/json": ["schema": ["$ref": "#/components/schemas/Token"]]],
            ],
            "default": [
                "description": "An error as RFC 6749 section 5.2 defines it, or a problem.",
                "content": [
                    "application/json": ["schema": ["$ref": "#/components/schemas/TokenError"]],
                    "application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]],
                ],
            ],
        ],
    ]

    /// `health_path`.
    static let health: JSONValue = [
        "operationId": "health", "summary": "Whether the gateway can serve.", "security": [],
        "responses": [
            "200": [
                "description": "The gateway can serve.",
                "content": ["application/json": ["schema": ["$ref": "#/components/schemas/Health"]]],
            ],
            "503": [
                "description": "The gateway cannot serve.",
                "content": ["application/json": ["schema": ["$ref": "#/components/schemas/Health"]]],
            ],
        ],
    ]
}
