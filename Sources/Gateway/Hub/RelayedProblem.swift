import Policy
import Wire

/// A hub's own problem, for the record: so a request that the hub refused is not logged as one that Zuora has responded to.
enum RelayedProblem {
    /// Bytes of content that are read for it; no problem has more.
    static let limit = 8 << 10

    /// Whether a response with this content type may be one. A problem has no content coding.
    static func isPossible(status: Int, contentType: Span<UInt8>, _ coding: ContentCoding) -> Bool {
        status >= 400 && coding == .identity && contentType.starts(withIgnoringCase: "application/problem+json")
    }

    /// - Parameter content: all of it.
    /// - Returns: nil if it is not a problem of a gateway, or one of a type that this version does not know.
    static func read(_ content: Span<UInt8>, status: Int) -> Problem? {
        guard let value = try? JSONValue(parsing: content), let uri = value["type"]?.string,
            let type = ProblemType.allCases.first(where: { $0.uri == uri })
        else { return nil }
        let mayHaveReached = value["may_have_reached_zuora"]?.bool
        // After the first attempt, no phase is that of a refusal.
        let phase = mayHaveReached == true ? "forward" : type.phases.first ?? "forward"
        var problem = Problem(
            status, type: type.name, title: value["title"]?.string ?? "", detail: value["detail"]?.string ?? "", phase: phase)
        problem.mayHaveReached = mayHaveReached
        // A hub that refuses a cancel before it has sent anything says that the job's state is unknown, but it need not be checked.
        if mayHaveReached != nil { problem.outcome = value["outcome"]?.string.flatMap { CancelOutcome(rawValue: $0) } }
        return problem
    }
}
