import Wire

/// A record of every call and every job status change, up to a limit beyond which the oldest are dropped.
struct SandboxBook: Sendable {
    private(set) var calls: [CallRecord] = []
    private(set) var changes: [JobChange] = []
    /// Calls dropped because of the limit.
    private(set) var forgotten = 0

    mutating func add(_ record: CallRecord, limit: Int) {
        guard limit > 0 else { return }
        calls.append(record)
        // Trimmed by half, so that dropping is cheap per call.
        if calls.count >= limit * 2 {
            forgotten += calls.count - limit
            calls.removeFirst(calls.count - limit)
        }
    }

    mutating func add(_ change: JobChange, limit: Int) {
        guard limit > 0 else { return }
        changes.append(change)
        if changes.count >= limit * 2 { changes.removeFirst(changes.count - limit) }
    }

    /// Changes the record of a call, if it is still there.
    mutating func update(_ number: Int, _ change: (inout CallRecord) -> Void) {
        // Calls are ordered by number.
        var low = 0
        var high = calls.count
        while low < high {
            let middle = (low + high) / 2
            if calls[middle].number < number { low = middle + 1 } else { high = middle }
        }
        guard low < calls.count, calls[low].number == number else { return }
        change(&calls[low])
    }

    /// The requested part of the book.
    struct Filter {
        /// Calls with a greater number and changes that they made; changes made by the clock are always included.
        var since = 0
        var tenant: String?
        /// The id of a job or file: a segment of the path.
        var id: String?
        var track: String?
        var limit = 1000

        func holds(_ call: CallRecord) -> Bool {
            call.number > since && (tenant == nil || call.tenant == tenant)
                && (id.map { id in call.path.split(separator: "/").contains { $0 == id } } ?? true)
                && (track == nil || call.fields.first("Zuora-Track-Id") == track)
        }

        func holds(_ change: JobChange) -> Bool {
            (change.call ?? .max) > since && (tenant == nil || change.job.scope.tenant == tenant)
                && (id == nil || change.job.id == id)
        }
    }

    func json(_ filter: Filter) -> JSONValue {
        let found = calls.filter(filter.holds)
        return [
            "calls": .array(found.prefix(filter.limit).map(\.json)), "more": .bool(found.count > filter.limit),
            "forgotten": .int(forgotten), "changes": .array(changes.filter(filter.holds).map(\.json)),
        ]
    }
}

/// A call as received, and its result.
struct CallRecord: Sendable {
    var number: Int
    var at: Duration
    var method: String
    var path: String
    var query: String?
    var peer: String
    /// As sent, in order; a token is replaced by its fingerprint, and other credentials are removed.
    var fields: [Field]
    var bodyBytes: Int
    var bodyFingerprint: String
    var requestID: String
    var tenant: String?
    var entity: String?
    var client: String?
    var token: String?
    var fault: String?
    /// Whether Zuora performed the operation. False if a fault prevented it.
    var acted = true
    /// What Zuora did, in short.
    var did: String?
    var status = 0
    /// How the response is to end, if not normally.
    var ending: String?
    /// When the response had been delivered, and whether it was complete.
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

    /// Fields with credentials redacted.
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

/// A change of a job's status.
struct JobChange: Sendable {
    var at: Duration
    var job: JobKey
    var from: String
    var to: String
    /// The call that caused it; nil for the clock.
    var call: Int?

    var json: JSONValue {
        .object(of: [
            "at_ms": .int(at.wholeMilliseconds), "tenant": .string(job.scope.tenant), "entity": .string(job.scope.entity),
            "job": .string(job.id), "from": .string(from), "to": .string(to), "call": call.map(JSONValue.int),
        ])
    }
}

/// FNV-1a, 64 bits: enough to distinguish the sandbox's tokens or bodies in the book without showing them.
func fingerprint(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01B3 }
    return hash
}

/// The first eight digits of a text's fingerprint.
func shortFingerprint(_ text: some StringProtocol) -> String { String(fingerprint(text.utf8).hex.prefix(8)) }
