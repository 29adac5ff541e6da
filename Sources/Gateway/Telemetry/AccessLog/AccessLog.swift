import Wire

/// One worker's access log: formats lines into a buffer of its own and hands it over in batches. Never waits, never calls the
/// kernel.
///
/// The owner calls `flush` some time after a line was written (100 ms do well, from a timer that is set while `hasPending`):
/// lines of a busy worker go by the batch without it.
public struct AccessLog {
    public enum Mode: String, Sendable, CaseIterable { case json, off }

    /// Bytes from which a batch is handed over.
    static let batch = 16 * 1024
    /// Bytes beyond which lines are dropped, when those before them cannot be handed over.
    static let bound = 256 * 1024

    private let drain: LogDrain?
    private var lines = JSONWriter()
    private var time = TimeText()

    /// - Parameter drain: shared by all workers.
    public init(_ mode: Mode = .json, drain: LogDrain) { self.drain = mode == .off ? nil : drain }

    /// One that writes nothing.
    public static var off: AccessLog { AccessLog() }

    private init() { drain = nil }

    /// Whether lines wait to be handed over.
    public var hasPending: Bool { !lines.bytes.isEmpty }

    /// Writes the record's line. It is dropped, and counted as such, when `bound` bytes wait already.
    public mutating func write(_ record: borrowing AccessRecord) {
        guard let drain else { return }
        let start = lines.bytes.count
        record.write(to: &lines, time: &time)
        if lines.bytes.count >= Self.batch, !drain.take(&lines.bytes), lines.bytes.count > Self.bound {
            lines.bytes.removeLast(lines.bytes.count - start)
            drain.countDropped(1)
        }
    }

    /// Hands over what waits. If the drain is full, it goes on waiting.
    public mutating func flush() {
        guard let drain, hasPending else { return }
        _ = drain.take(&lines.bytes)
    }

    /// Hands over what waits even if the drain is full: the last thing that a worker does, before `LogDrain.finish`.
    public mutating func close() {
        guard let drain, hasPending, !drain.take(&lines.bytes, isLast: true) else { return }
        drain.countDropped(lines.bytes.lineCount)
        lines.removeAll()
    }
}
