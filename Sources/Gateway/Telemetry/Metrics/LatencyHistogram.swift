/// A histogram of durations, with fixed buckets from half a millisecond to two minutes.
public struct LatencyHistogram: Sendable {
    /// Upper bounds, inclusive, in nanoseconds. Zuora's time-out is 120 s.
    static let bounds: InlineArray<17, UInt64> = [
        500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000,
        1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000, 30_000_000_000, 60_000_000_000, 120_000_000_000,
    ]
    static let buckets = 18

    /// Counts by bucket; the last one is unbounded.
    private(set) var counts = InlineArray<18, UInt64>(repeating: 0)
    /// The sum of all times, in nanoseconds; it wraps after 584 years.
    private(set) var sum: UInt64 = 0

    public init() {}

    /// Counts one time, in nanoseconds.
    mutating func record(_ nanoseconds: UInt64) {
        counts[Self.bucket(of: nanoseconds)] &+= 1
        sum &+= nanoseconds
    }

    @inline(__always)
    static func bucket(of nanoseconds: UInt64) -> Int {
        var bucket = 0
        while bucket < bounds.count, nanoseconds > bounds[bucket] { bucket += 1 }
        return bucket
    }

    /// Counts one time; a negative one counts as zero.
    public mutating func record(_ time: Duration) {
        let (seconds, attoseconds) = time.components
        guard seconds >= 0, attoseconds >= 0 else { return record(0 as UInt64) }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        record(overflow ? .max : whole &+ UInt64(attoseconds / 1_000_000_000))
    }

    /// Times counted.
    public var count: UInt64 {
        var total: UInt64 = 0
        for i in counts.indices { total &+= counts[i] }
        return total
    }

    public mutating func add(_ other: LatencyHistogram) {
        for i in counts.indices { counts[i] &+= other.counts[i] }
        sum &+= other.sum
    }

    /// The difference to `earlier`, a former value of the same histogram.
    public func since(_ earlier: LatencyHistogram) -> LatencyHistogram {
        var difference = self
        for i in counts.indices { difference.counts[i] = counts[i] >= earlier.counts[i] ? counts[i] - earlier.counts[i] : 0 }
        difference.sum = sum >= earlier.sum ? sum - earlier.sum : 0
        return difference
    }
}

extension LatencyHistogram {
    /// The time, in nanoseconds, that a share of all times does not exceed: an estimate by linear interpolation
    /// within a bucket, like Prometheus' `histogram_quantile`. Beyond the last bound it is that bound.
    /// - Parameter share: 0 to 1; 0.99 for the 99th percentile.
    /// - Returns: nil when nothing was counted.
    public func percentile(_ share: Double) -> UInt64? {
        let total = count
        guard total > 0 else { return nil }
        let rank = min(max(share, 0), 1) * Double(total)
        var below: UInt64 = 0
        for i in Self.bounds.indices where counts[i] > 0 {
            let upTo = below + counts[i]
            if Double(upTo) >= rank {
                let lower = i == 0 ? 0 : Double(Self.bounds[i - 1])
                let upper = Double(Self.bounds[i])
                let place = max(rank - Double(below), 0) / Double(counts[i])
                return UInt64((lower + (upper - lower) * place).rounded())
            }
            below = upTo
        }
        return Self.bounds[Self.bounds.count - 1]
    }
}
