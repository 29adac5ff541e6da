public import Wire

/// Durations of a request's phases; a phase that did not take place has none.
public struct PhaseTimes: Sendable {
    /// -1: did not take place.
    private var nanoseconds = InlineArray<5, Int64>(repeating: -1)

    public init() {}

    /// The phase's time in nanoseconds, or -1.
    func raw(_ phase: RequestPhase) -> Int64 { nanoseconds[phase.rawValue] }

    /// The phase's time, never negative; nil: it did not take place.
    public subscript(phase: RequestPhase) -> Duration? {
        get {
            let time = nanoseconds[phase.rawValue]
            return time < 0 ? nil : .nanoseconds(time)
        }
        set { nanoseconds[phase.rawValue] = newValue.map { max($0.nanoseconds, 0) } ?? -1 }
    }

    /// Sets the phase's time; an `end` before `start` counts as no time.
    public mutating func set(_ phase: RequestPhase, from start: Instant, to end: Instant) {
        nanoseconds[phase.rawValue] = Self.between(start, end)
    }

    /// Adds to the phase's time: queue, token and connect may take place more than once with retries.
    public mutating func add(_ phase: RequestPhase, from start: Instant, to end: Instant) {
        let (sum, overflow) = max(nanoseconds[phase.rawValue], 0).addingReportingOverflow(Self.between(start, end))
        nanoseconds[phase.rawValue] = overflow ? .max : sum
    }

    /// Adds the time of a wait. One that has failed at once was none.
    public mutating func addWait(_ phase: RequestPhase, from start: Instant, to end: Instant, hasFailed: Bool) {
        if !hasFailed || end > start { add(phase, from: start, to: end) }
    }

    private static func between(_ start: Instant, _ end: Instant) -> Int64 {
        end > start ? Int64(clamping: end.nanoseconds - start.nanoseconds) : 0
    }
}

/// The parts of a request's time that are measured.
public enum RequestPhase: Int, Sendable, CaseIterable {
    /// Waiting for a slot of the tenant.
    case queue
    /// Waiting for a token.
    case token
    /// Establishing a connection, including TLS. Absent when a pooled one was used.
    case connect
    /// From the request's last attempt to the first byte of its response.
    case firstByte
    /// From the last byte of the request head to the last byte of the response.
    case total

    static let count = 5

    /// Its name in metrics.
    var label: StaticString {
        switch self {
        case .queue: "queue"
        case .token: "token"
        case .connect: "connect"
        case .firstByte: "first_byte"
        case .total: "total"
        }
    }
}
