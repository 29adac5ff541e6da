extension LatencyHistogram {
    /// The time, in nanoseconds, that a share of all times does not exceed: an estimate that takes times as evenly spread
    /// within a bucket, as Prometheus' `histogram_quantile` does. Beyond the last bound it is that bound.
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
