public import Wire

/// Turns counters into rates and recent percentiles: remembers what they were a minute ago. It holds something only while
/// somebody looks at the status page.
public struct StatusHistory: Sendable {
    /// How far back it looks.
    static let length: Duration = .seconds(60)
    /// Between two that it remembers, however often it is asked.
    static let spacing: Duration = .seconds(5)

    private struct Sample {
        var time: Instant
        /// By the tenant's slot.
        var tenants: [(requests: UInt64, latency: LatencyHistogram)]
    }

    private var samples: [Sample] = []

    /// Moments remembered.
    var sampleCount: Int { samples.count }

    public init() {}

    /// What went on since the oldest moment within the last minute at which it was asked; since the start if there is none.
    public mutating func activity(_ snapshot: MetricsSnapshot, now: Instant) -> Activity {
        samples.removeAll { now - $0.time > Self.length || $0.time > now }
        let current = Sample(time: now, tenants: snapshot.tenants.indices.map { snapshot.activity(of: $0) })
        if samples.last.map({ now - $0.time >= Self.spacing }) ?? true { samples.append(current) }
        guard let oldest = samples.first, oldest.time < now else {
            return Activity(window: nil, tenants: current.tenants.map { Activity.Tenant($0.requests, nil, $0.latency) })
        }
        let window = now - oldest.time
        let tenants = current.tenants.indices.map { slot in
            let before = oldest.tenants.indices.contains(slot) ? oldest.tenants[slot] : (requests: 0, latency: LatencyHistogram())
            let tenant = current.tenants[slot]
            let rate = Double(tenant.requests - min(before.requests, tenant.requests)) / window.seconds
            return Activity.Tenant(tenant.requests, rate, tenant.latency.since(before.latency))
        }
        return Activity(window: window, tenants: tenants)
    }
}
