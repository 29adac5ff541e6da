public import Wire

/// Computes rates and recent percentiles from counters by keeping their values of the last minute. It only keeps values while
/// the status page is open.
public struct StatusHistory: Sendable {
    /// The length of the window.
    static let length: Duration = .seconds(60)
    /// The minimum interval between kept values, however often it is called.
    static let spacing: Duration = .seconds(5)

    private struct Sample {
        var time: Instant
        /// By the tenant's slot.
        var tenants: [(requests: UInt64, latency: LatencyHistogram)]
    }

    private var samples: [Sample] = []

    /// The number of kept values.
    var sampleCount: Int { samples.count }

    public init() {}

    /// Activity since the oldest sample of the last minute, or since startup without samples.
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
