import Wire

/// How a job of the stand-in goes: given by the settings, by words in the job's name, or by the control call.
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

    /// Reads the words of a job's name, such as `executing=2s records=10 end=aborted`; other words mean nothing.
    mutating func read(name: String) {
        for word in name.split(separator: " ") {
            let halves = word.split(separator: "=", maxSplits: 1)
            guard halves.count == 2 else { continue }
            _ = set(String(halves[0]), String(halves[1]))
        }
    }

    /// - Returns: false if there is no such word or the value is none of its.
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
