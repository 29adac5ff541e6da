/// Where a job lives. A job of one scope does not exist in another.
struct JobScope: Hashable, Sendable {
    var tenant: String
    var entity: String
}

/// A job's full name.
struct JobKey: Hashable, Sendable {
    var scope: JobScope
    var id: String
}
