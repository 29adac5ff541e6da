import Wire

/// A traced request that a histogram's bucket has counted: from a slow bucket to a trace that shows why.
struct Exemplar: Sendable {
    var trace: TraceContext
    /// The request's total time.
    var nanoseconds: Int64
    var time: WallTime
}
