import Wire

/// A tenant's use of its rate quotas by the minute, the hour and the day. Refused calls count too.
struct RateQuota: Hashable, Sendable {
    private var windows: [RateWindow]
    private static let names = ["minute", "hour", "day"]

    init(now: Instant) {
        windows = [60, 3600, 86_400].map { RateWindow(length: .seconds($0), now: now) }
    }

    /// The quota closest to exhaustion, as reported in the `RateLimit-*` fields.
    struct Standing {
        var limit: Int
        var remaining: Int
        var reset: Int
        /// `minute`, `hour` or `day` if the quota is used up beyond its limit.
        var exceeded: String?
    }

    /// Counts a call, and returns the tenant's usage.
    mutating func take(_ settings: SandboxSettings, now: Instant) -> Standing {
        let limits = [settings.ratePerMinute, settings.ratePerHour, settings.ratePerDay]
        for index in windows.indices { windows[index].add(now: now) }
        let tightest =
            windows.indices.max { a, b in
                Double(windows[a].count) / Double(max(limits[a], 1)) < Double(windows[b].count) / Double(max(limits[b], 1))
            } ?? 0
        let window = windows[tightest]
        return Standing(
            limit: limits[tightest], remaining: window.remaining(of: limits[tightest]), reset: window.secondsLeft(now: now),
            exceeded: window.count > limits[tightest] ? Self.names[tightest] : nil)
    }

    static func fields(_ standing: Standing, _ settings: SandboxSettings) -> [Field] {
        [
            Field(
                "RateLimit-Limit",
                "\(standing.limit), \(settings.ratePerMinute);w=60, \(settings.ratePerHour);w=3600, \(settings.ratePerDay);w=86400"
            ),
            Field("RateLimit-Remaining", String(standing.remaining)), Field("RateLimit-Reset", String(standing.reset)),
        ]
    }
}

/// Counts calls in consecutive fixed time windows.
struct RateWindow: Hashable, Sendable {
    let length: Duration
    private var begin: Instant
    private(set) var count = 0

    init(length: Duration, now: Instant) {
        self.length = length
        begin = now
    }

    /// Counts a call, in a new window if the last one is over.
    mutating func add(now: Instant) {
        if now >= begin + length {
            let whole = (now - begin).nanoseconds / length.nanoseconds
            begin = begin + .nanoseconds(whole * length.nanoseconds)
            count = 0
        }
        count += 1
    }

    func remaining(of limit: Int) -> Int { max(0, limit - count) }

    /// Whole seconds until the window is over, at least 1.
    func secondsLeft(now: Instant) -> Int { max(1, Int((begin + length - now).seconds.rounded(.up))) }
}

/// Calls that have begun and are not finished, by tenant or, with Multi-entity, by entity.
struct InFlight: Sendable {
    private(set) var counts: [String: Int] = [:]
    /// The maximum at the same time so far.
    private(set) var peaks: [String: Int] = [:]
    private var slots: [Int: String] = [:]

    /// - Returns: how many are in flight with this one.
    mutating func begin(call: Int, slot: String) -> Int {
        let count = counts[slot, default: 0] + 1
        counts[slot] = count
        peaks[slot] = max(peaks[slot, default: 0], count)
        slots[call] = slot
        return count
    }

    /// Forgets the calls before: the maximum is what is in flight now.
    mutating func resetPeaks() { peaks = counts }

    mutating func finish(call: Int) {
        guard let slot = slots.removeValue(forKey: call), let count = counts[slot] else { return }
        counts[slot] = count > 1 ? count - 1 : nil
    }
}
