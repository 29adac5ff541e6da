import Wire

/// A call as it was seen, and what came of it.
struct CallRecord: Sendable {
    var number: Int
    var at: Duration
    var method: String
    var path: String
    var query: String?
    var peer: String
    /// As sent, in order; a token is shown by its fingerprint, and other credentials not at all.
    var fields: [Field]
    var bodyBytes: Int
    var bodyFingerprint: String
    var requestID: String
    var tenant: String?
    var entity: String?
    var client: String?
    var token: String?
    var fault: String?
    /// Whether Zuora did what was asked for. False if a fault came first.
    var acted = true
    /// What Zuora did, in a few words.
    var did: String?
    var status = 0
    /// How the answer was to end, if not as it should.
    var ending: String?
    /// When the answer had been delivered, and whether it was whole.
    var finished: (at: Duration, whole: Bool)?

    var json: JSONValue {
        .object(of: [
            "call": .int(number), "at_ms": .int(at.wholeMilliseconds), "method": .string(method), "path": .string(path),
            "query": query.map(JSONValue.string), "peer": .string(peer), "tenant": tenant.map(JSONValue.string),
            "entity": entity.map(JSONValue.string), "client": client.map(JSONValue.string),
            "token": token.map(JSONValue.string), "request_id": .string(requestID),
            "fields": .array(fields.map { [.string($0.name), .string($0.value)] }), "body_bytes": .int(bodyBytes),
            "body": bodyBytes > 0 ? .string(bodyFingerprint) : nil, "fault": fault.map(JSONValue.string),
            "acted": .bool(acted), "did": did.map(JSONValue.string), "status": .int(status),
            "ending": ending.map(JSONValue.string), "finished_ms": finished.map { .int($0.at.wholeMilliseconds) },
            "whole": finished.map { .bool($0.whole) },
        ])
    }

    /// Fields with every credential hidden.
    static func hiding(_ fields: [Field]) -> [Field] {
        fields.map { field in
            if field.isNamed("Authorization") {
                let halves = field.value.split(separator: " ", maxSplits: 1)
                let shown = halves.count == 2 && halves[0] == "Bearer" ? "Bearer #" + shortFingerprint(halves[1]) : "(hidden)"
                return Field(field.name, shown)
            }
            let secret = ["apiSecretAccessKey", "apiAccessKeyId", "Cookie", "Proxy-Authorization"].contains { field.isNamed($0) }
            return secret ? Field(field.name, "(hidden)") : field
        }
    }
}

extension Duration {
    var wholeMilliseconds: Int { Int(nanoseconds / 1_000_000) }
}
