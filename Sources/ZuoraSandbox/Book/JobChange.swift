import Wire

/// A job that came from one status to another.
struct JobChange: Sendable {
    var at: Duration
    var job: JobKey
    var from: String
    var to: String
    /// The call that did it; nil for the clock.
    var call: Int?

    var json: JSONValue {
        .object(of: [
            "at_ms": .int(at.wholeMilliseconds), "tenant": .string(job.scope.tenant), "entity": .string(job.scope.entity),
            "job": .string(job.id), "from": .string(from), "to": .string(to), "call": call.map(JSONValue.int),
        ])
    }
}
