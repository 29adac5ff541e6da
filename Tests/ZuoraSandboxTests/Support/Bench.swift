import Testing
import Wire

@testable import ZuoraSandbox

/// A stand-in on a clock that moves only when it is told to, and the calls that tests make to it.
struct Bench {
    var zuora: SandboxZuora
    var now = Instant(nanoseconds: 1_000_000_000)

    static let emea = "e20b0747-4688-4ad5-8014-68daf10e501d"
    static let amer = "8a8082c1-5f0a-4c2e-9d4b-0a6b7c8d9e0f"
    static let globexOrgs = SandboxTenant.globex.orgs

    init(seed: UInt64 = 1) {
        zuora = SandboxZuora(
            seed: seed, origin: now, originTime: WallTime(nanoseconds: 1_771_580_000_000_000_000))
    }

    mutating func pass(_ duration: Duration) { now = now + duration }

    mutating func send(_ request: SandboxRequest) -> SandboxReply { zuora.handle(request, now: now) }

    /// A token call.
    mutating func grant(
        _ client: SandboxClient = .acme, secret: String? = nil, fields: [Field] = [], peer: String = "127.0.0.1"
    ) -> SandboxReply {
        let body = "client_id=\(client.id)&client_secret=\(secret ?? client.secret)&grant_type=client_credentials"
        return send(
            SandboxRequest(
                "POST", "/oauth/token", fields: [Field("Content-Type", "application/x-www-form-urlencoded")] + fields,
                body: Array(body.utf8), peer: peer))
    }

    /// A token of its own.
    mutating func token(_ client: SandboxClient = .acme) throws -> String {
        try #require(grant(client).json?["access_token"]?.string)
    }

    /// A call with that token. Acme's calls go to emea unless told otherwise; `entity: nil` sends no entity.
    mutating func call(
        _ method: String, _ path: String, _ token: String, entity: String? = Self.emea, query: String? = nil,
        fields: [Field] = [], json: JSONValue? = nil, peer: String = "127.0.0.1"
    ) -> SandboxReply {
        var all = [Field("Host", "zuora.example"), Field("Authorization", "Bearer \(token)")]
        if let entity { all.append(Field("Zuora-Entity-Ids", entity)) }
        if json != nil { all.append(Field("Content-Type", "application/json")) }
        return send(
            SandboxRequest(method, path, query: query, fields: all + fields, body: json?.serialized ?? [], peer: peer))
    }

    /// A control call that must succeed.
    @discardableResult
    mutating func control(_ method: String, _ path: String, _ json: JSONValue? = nil, query: String? = nil) throws -> JSONValue {
        let reply = send(SandboxRequest(method, "/_sandbox/" + path, query: query, body: json?.serialized ?? []))
        try #require(reply.status < 300, "\(String(decoding: reply.body.bytes ?? [], as: UTF8.self))")
        return try #require(reply.json)
    }

    /// The error of a control call that must fail.
    mutating func controlError(_ method: String, _ path: String, _ json: JSONValue) throws -> String {
        let reply = send(SandboxRequest(method, "/_sandbox/" + path, body: json.serialized))
        try #require(reply.status == 400)
        return try #require(reply.json?["error"]?.string)
    }

    mutating func settings(_ json: JSONValue) throws { try control("POST", "settings", json) }

    /// A submitted job's id.
    mutating func submit(_ token: String, name: String = "", entity: String? = Self.emea) throws -> String {
        let reply = call("POST", "/v1/batch-query", token, entity: entity, json: Self.submission(name: name))
        return try #require(reply.json?["id"]?.string)
    }

    static func submission(name: String, queries: Int = 1) -> JSONValue {
        [
            "name": .string(name), "format": "csv", "version": "1.0",
            "queries": .array(
                (0..<queries).map { ["name": .string("q\($0)"), "query": "select Id from Account", "type": "zoqlexport"] }),
        ]
    }

    static func inflate(_ bytes: [UInt8]) throws -> [UInt8] {
        try Inflater().inflateWhole(bytes.span, maximumOutput: 1 << 26)
    }

    static func jobPath(_ id: String) -> String { "/v1/batch-query/jobs/\(id)" }
}

extension SandboxReply {
    /// The body as it is held or made, not decoded.
    var raw: [UInt8] {
        switch body {
        case .bytes(let held): held
        case .synthetic(let content): content.bytes(0..<content.count)
        }
    }

    /// The whole body, decoded if it is gzip.
    func plain() throws -> [UInt8] {
        guard fields.first("Content-Encoding") == "gzip", !delivery.compresses else { return raw }
        return try Bench.inflate(raw)
    }

    var text: String { (try? plain()).map { String(decoding: $0, as: UTF8.self) } ?? "" }
}
