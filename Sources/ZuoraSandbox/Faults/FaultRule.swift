import Wire

/// A fault requested by a control call: which calls, how many of them, what happens.
public struct FaultRule: Hashable, Sendable {
    public var name: String
    public var match = Match()
    public var effect: FaultEffect
    /// How many calls are affected; nil is all of them.
    public var times: Int?
    /// How many matching calls pass before the first is affected.
    public var skip = 0
    /// Whether `skip` and `times` are counted for each path rather than for all calls together.
    public var perPath = false
    /// The share of eligible calls that are affected, from 0 to 1.
    public var probability: Double = 1

    public init(name: String, effect: FaultEffect) {
        self.name = name
        self.effect = effect
    }

    /// Conditions on a call; nil matches all.
    public struct Match: Hashable, Sendable {
        public var method: String?
        /// The path as sent, where `*` matches any characters.
        public var path: String?
        public var tenant: String?
        /// The entity's UUID.
        public var entity: String?
        /// The OAuth client's id.
        public var client: String?

        public init() {}
    }
}

extension FaultRule.Match {
    func holds(method: String, path: String, tenant: String?, entity: String?, client: String?) -> Bool {
        func agrees(_ wanted: String?, _ actual: String?) -> Bool { wanted == nil || wanted == actual }
        return agrees(self.method, method) && agrees(self.tenant, tenant) && agrees(self.entity, entity)
            && agrees(self.client, client) && (self.path.map { Self.glob(Array($0.utf8)[...], Array(path.utf8)[...]) } ?? true)
    }

    /// Whether `text` matches `pattern`. Backtracks to the last star only, so its time is bounded by the product of
    /// the lengths.
    private static func glob(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var p = 0
        var t = 0
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                p = last.pattern + 1
                t = last.text + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

extension FaultRule {
    /// Reads the body of `POST /_sandbox/faults`.
    init(_ fields: inout ControlFields, number: Int) throws(ControlError) {
        let name: String? = try fields.take("name")
        guard let effect = fields.take("effect") else { throw ControlError("effect is missing: a name or an object") }
        self.init(name: name ?? "rule-\(number)", effect: try FaultEffect(effect))
        if let match = fields.take("match") {
            var wanted = try ControlFields(match, what: "match")
            self.match.method = try wanted.take("method")
            self.match.path = try wanted.take("path")
            self.match.tenant = try wanted.take("tenant")
            self.match.entity = try wanted.take("entity")
            self.match.client = try wanted.take("client")
            try wanted.finish()
        }
        times = try fields.take("times")
        skip = try fields.take("skip") ?? 0
        perPath = try fields.take("per_path") ?? false
        if let share = fields.take("probability") {
            guard let value = share.double, (0...1).contains(value) else {
                throw ControlError("probability must be a number from 0 to 1")
            }
            probability = value
        }
        try fields.finish()
    }

    func json(seen: Int, struck: Int) -> JSONValue {
        .object(of: [
            "name": .string(name), "method": match.method.map(JSONValue.string), "path": match.path.map(JSONValue.string),
            "tenant": match.tenant.map(JSONValue.string), "entity": match.entity.map(JSONValue.string),
            "client": match.client.map(JSONValue.string), "times": times.map(JSONValue.int), "skip": .int(skip),
            "per_path": .bool(perPath), "probability": JSONNumber(probability).map(JSONValue.number),
            "seen": .int(seen), "struck": .int(struck),
        ])
    }
}

extension FaultEffect {
    /// Reads an effect by its name, or `{"status", "headers", "body", "and", "acts"}`.
    init(_ json: JSONValue) throws(ControlError) {
        if let name = json.string {
            guard let effect = FaultEffect(named: name) else { throw ControlError("no effect \"\(name)\"") }
            self = effect
            return
        }
        var fields = try ControlFields(json, what: "effect")
        self.init()
        if let name: String = try fields.take("and") {
            guard let effect = FaultEffect(named: name) else { throw ControlError("no effect \"\(name)\"") }
            self = effect
        }
        let status: Int? = try fields.take("status")
        var headers: [Field] = []
        if let given = fields.take("headers") {
            guard let members = given.object else { throw ControlError("headers must be an object of strings") }
            for member in members {
                guard let value = member.value.string, Self.isSendable(member.name, value) else {
                    throw ControlError("headers must be an object of strings without control characters")
                }
                headers.append(Field(member.name, value))
            }
        }
        let body = fields.take("body")
        if let status {
            guard (200...599).contains(status) else { throw ControlError("status must be from 200 to 599") }
            let isText = body?.string != nil
            if body != nil, headers.first("Content-Type") == nil {
                headers.append(Field("Content-Type", isText ? "text/plain" : "application/json;charset=utf-8"))
            }
            response = .custom(
                status: status, fields: headers, body: body.map { $0.string.map { Array($0.utf8) } ?? $0.serialized } ?? [])
            acts = false
        } else {
            guard body == nil else { throw ControlError("a body needs a status") }
            self.fields += headers
        }
        if let acts: Bool = try fields.take("acts") { self.acts = acts }
        try fields.finish()
    }

    /// Whether a field could be written without breaking the head.
    private static func isSendable(_ name: String, _ value: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}
