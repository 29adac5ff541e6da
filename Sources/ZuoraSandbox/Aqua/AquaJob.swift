import Wire

/// A job of the aggregate query API. What it is at a given time follows from its timing alone, so no event has to move it.
struct AquaJob: Hashable, Sendable {
    var id: String
    var name: String
    var format = "CSV"
    var version = "1.1"
    var encrypted = "none"
    var sourceData = "LIVE"
    var partner = ""
    var project = ""
    var batches: [Batch]
    var timing: JobTiming
    var submittedAt: Instant
    /// When it leaves `submitted`. Later than its own timing says, if an earlier job of its project has to end first.
    var startsAt: Instant
    var cancelledAt: Instant?
    /// The shape in which its cancel is refused; nil leaves it to the settings.
    var refusal: RefusalShape?
    /// The last status that the book was told.
    var toldStatus = Status.submitted

    enum Status: String, Hashable, Sendable, CaseIterable {
        case submitted, executing, completed, error, aborted, cancelled
        var isFinal: Bool { self != .submitted && self != .executing }
    }

    struct Batch: Hashable, Sendable {
        var id: String
        var name: String
        var query: String
        var type = "zoqlexport"
        var fileIDs: [String]
    }

    enum BatchStatus: String, Hashable, Sendable { case submitted, pending, executing, completed, aborted }

    /// A job with a partner and a project: those of one project run one after another.
    var isStateful: Bool { version == "1.1" && !partner.isEmpty && !project.isEmpty }

    /// When it ends by itself.
    var endsAt: Instant { timing.end == .error ? submittedAt : startsAt + timing.executingFor }

    /// When it leaves the way for the next job of its project.
    var clearsAt: Instant { cancelledAt ?? endsAt }

    func status(at now: Instant) -> Status {
        if let cancelledAt, cancelledAt <= now { return .cancelled }
        if now >= endsAt { return timing.end }
        return now < startsAt ? .submitted : .executing
    }

    /// A batch's status. They run one after another, so a cancelled job may have some that are complete.
    func batchStatus(_ index: Int, at now: Instant) -> BatchStatus {
        let status = status(at: now)
        if status == .completed { return .completed }
        if status == .error { return .aborted }
        let time = min(now, cancelledAt ?? now)
        let share = timing.executingFor / max(batches.count, 1)
        let begin = startsAt + share * index
        let isLast = index == batches.count - 1
        if time >= begin + share {
            return isLast && status == .aborted ? .aborted : .completed
        }
        if status == .cancelled || status == .submitted { return .submitted }
        return time < begin ? .pending : .executing
    }
}
