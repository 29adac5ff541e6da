import Wire

/// Jobs whose existence and status follow from their id, so that any situation can be tried without preparation.
///
/// The text after the first dot distinguishes jobs: `executing.1` and `executing.2` are cancelled separately.
enum WellKnownJob {
    case job(AquaJob)
    /// No such job; its cancel is refused in this form.
    case missing(RefusalShape?)

    private static let forever: Duration = .seconds(1_000_000_000)

    /// - Returns: nil if the id is not well known.
    init?(id: String, settings: SandboxSettings, now: Instant) {
        let name = String(id.prefix { $0 != "." })
        var timing = JobTiming(settings)
        timing.submittedFor = .zero
        timing.executingFor = Self.forever
        var cancelled = false
        var batches = 1
        var refusal: RefusalShape?
        let (base, shape) = Self.split(name)
        switch base {
        case "executing": break
        case "submitted": timing.submittedFor = Self.forever
        case "partial":
            batches = 3
            timing.executingFor = .seconds(3600)
        case "done", "completed": timing.executingFor = .zero
        case "aborted":
            timing.executingFor = .zero
            timing.end = .aborted
        case "error":
            timing.executingFor = .zero
            timing.end = .error
        case "cancelled": cancelled = true
        case "unknown":
            self = .missing(shape)
            return
        default:
            if name.hasPrefix("runs-"), let duration = Duration(unitText: name.dropFirst(5)) {
                timing.executingFor = duration
            } else if FaultName(id: id) == nil {
                return nil
            }
        }
        refusal = shape
        var job = AquaJob(
            id: id, name: name,
            batches: (1...batches).map { number in
                AquaJob.Batch(
                    id: fingerprint("\(id)/\(number)".utf8).hex + fingerprint("batch \(id)/\(number)".utf8).hex,
                    name: "query\(number)", query: "select Id from Account",
                    fileIDs: [fingerprint("file \(id)/\(number)".utf8).hex + fingerprint("\(id)".utf8).hex])
            },
            timing: timing, submittedAt: now, startsAt: now + timing.submittedFor)
        if base == "partial" {
            // One of its three queries has run already.
            job.submittedAt = now - .seconds(1800)
            job.startsAt = job.submittedAt
        }
        if cancelled { job.cancelledAt = now }
        job.refusal = refusal
        job.toldStatus = job.status(at: now)
        self = .job(job)
    }

    /// `done-not-found` is `done`, refused as `not-found`.
    private static func split(_ name: String) -> (base: String, shape: RefusalShape?) {
        guard let dash = name.firstIndex(of: "-"),
            let shape = RefusalShape(rawValue: String(name[name.index(after: dash)...]))
        else { return (name, nil) }
        return (String(name[..<dash]), shape)
    }
}
