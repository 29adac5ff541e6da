import Wire

/// A job of the aggregate query API. Its status at a given time follows from its timing, so it needs no events.
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
    /// When it leaves `submitted`. Later than its timing says if it waits for an earlier job of its project.
    var startsAt: Instant
    var cancelledAt: Instant?
    /// How its cancel is refused; nil uses the settings.
    var refusal: RefusalShape?
    /// The last status recorded in the book.
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

    /// When the next job of its project can start.
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

extension AquaJob {
    /// The description as in the reference, inconsistent types included: a submit says `"version": 1`, the others
    /// `"version": "1.1"`.
    func json(at now: Instant, forSubmit: Bool = false) -> JSONValue {
        .object(of: [
            "partner": partner.isEmpty ? nil : .string(partner),
            "project": project.isEmpty ? nil : .string(project),
            "batches": .array(batches.indices.map { batchJSON($0, at: now) }),
            "encrypted": .string(encrypted),
            "sourceData": .string(sourceData),
            "status": .string(status(at: now).rawValue),
            "name": .string(name),
            "id": .string(id),
            "version": forSubmit && version == "1.1" ? .int(1) : .string(version),
            "format": .string(format),
        ])
    }

    private func batchJSON(_ index: Int, at now: Instant) -> JSONValue {
        let batch = batches[index]
        let status = batchStatus(index, at: now)
        let done = status == .completed
        return .object(of: [
            "localizedStatus": .string(status.rawValue),
            "recordCount": done ? .int(timing.records) : nil,
            "fileId": done && timing.segments == 0 ? batch.fileIDs.first.map(JSONValue.string) : nil,
            "segments": done && timing.segments > 0 ? .array(batch.fileIDs.map(JSONValue.string)) : nil,
            "batchType": .string(batch.type),
            "message": status == .aborted ? "The query was aborted." : done ? "" : nil,
            "status": .string(status.rawValue),
            "name": .string(batch.name),
            "query": .string(batch.query),
            "batchId": .string(batch.id),
        ])
    }
}

/// A sandbox job's course: given by the settings, by words in the job's name, or by the control call.
struct JobTiming: Hashable, Sendable {
    var submittedFor: Duration
    var executingFor: Duration
    /// `completed`, `aborted` or `error`.
    var end: AquaJob.Status = .completed
    var records: Int
    /// More than 0: each result is split into so many segments.
    var segments = 0

    init(_ settings: SandboxSettings) {
        submittedFor = settings.submittedFor
        executingFor = settings.executingFor
        records = settings.records
    }

    /// Reads the words of a job's name, such as `executing=2s records=10 end=aborted`; other words are ignored.
    mutating func read(name: String) {
        for word in name.split(separator: " ") {
            let halves = word.split(separator: "=", maxSplits: 1)
            guard halves.count == 2 else { continue }
            _ = set(String(halves[0]), String(halves[1]))
        }
    }

    /// - Returns: false if the word is unknown or its value is invalid.
    mutating func set(_ word: String, _ value: String) -> Bool {
        switch word {
        case "submitted":
            guard let duration = Duration(unitText: value) else { return false }
            submittedFor = duration
        case "executing":
            guard let duration = Duration(unitText: value) else { return false }
            executingFor = duration
        case "records":
            guard let count = Int(value), (0...100_000_000).contains(count) else { return false }
            records = count
        case "segments":
            guard let count = Int(value), (0...100).contains(count) else { return false }
            segments = count
        case "end":
            guard let status = AquaJob.Status(rawValue: value), [.completed, .aborted, .error].contains(status) else {
                return false
            }
            end = status
        default: return false
        }
        return true
    }
}

/// A job's full name.
struct JobKey: Hashable, Sendable {
    var scope: JobScope
    var id: String
}
