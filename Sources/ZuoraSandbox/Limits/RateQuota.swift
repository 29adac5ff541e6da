import Wire

/// A tenant's use of its rate quotas by the minute, the hour and the day. Refused calls count too.
struct RateQuota: Hashable, Sendable {
    private var windows: [RateWindow]
    private static let names = ["minute", "hour", "day"]

    init(now: Instant) {
        windows = [60, 3600, 86_400].map { RateWindow(length: .seconds($0), now: now) }
    }

    /// The quota nearest to its end, as the `RateLimit-*` fields tell it.
    struct Standing {
        var limit: Int
        var remaining: Int
        var reset: Int
        /// `minute`, `hour` or `day` if the quota is used up beyond its limit.
        var exceeded: String?
    }

    /// Counts a call, and tells where the tenant stands.
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
