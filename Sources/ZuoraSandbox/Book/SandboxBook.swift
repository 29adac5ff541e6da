import Wire

/// What really happened: every call and every change of a job, up to a limit, after which the oldest are forgotten.
struct SandboxBook: Sendable {
    private(set) var calls: [CallRecord] = []
    private(set) var changes: [JobChange] = []
    /// Calls forgotten for the limit's sake.
    private(set) var forgotten = 0

    mutating func add(_ record: CallRecord, limit: Int) {
        guard limit > 0 else { return }
        calls.append(record)
        // Trimmed by halves, so that forgetting costs next to nothing for each call.
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
        // Calls are in the order of their numbers.
        var low = 0
        var high = calls.count
        while low < high {
            let middle = (low + high) / 2
            if calls[middle].number < number { low = middle + 1 } else { high = middle }
        }
        guard low < calls.count, calls[low].number == number else { return }
        change(&calls[low])
    }

    /// Which part of the book is asked for.
    struct Filter {
        /// Calls with a greater number, and changes that they made; those of the clock come whatever it is.
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
