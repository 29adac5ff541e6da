import Testing

@testable import Gateway

@Suite struct LatencyHistogramTests {
    private func histogram(_ times: [Duration]) -> LatencyHistogram {
        times.reduce(into: LatencyHistogram()) { $0.record($1) }
    }

    @Test(arguments: [
        (Duration.seconds(-3), 0), (.zero, 0), (.microseconds(500), 0), (.nanoseconds(500_001), 1), (.milliseconds(1), 1),
        (.milliseconds(100), 7), (.milliseconds(101), 8), (.seconds(120), 16), (.nanoseconds(120_000_000_001), 17),
        (.seconds(Int64.max), 17),
    ])
    func `a time falls into the bucket whose bound it does not exceed`(time: Duration, bucket: Int) {
        let histogram = histogram([time])
        for i in 0..<LatencyHistogram.buckets { #expect(histogram.counts[i] == (i == bucket ? 1 : 0)) }
    }

    @Test func `bounds rise, and are what their texts say`() throws {
        for i in 0..<LatencyHistogram.bounds.count {
            if i > 0 { #expect(LatencyHistogram.bounds[i] > LatencyHistogram.bounds[i - 1]) }
            #expect(try #require(Double("\(LatencyHistogram.boundText(i))")) == Double(LatencyHistogram.bounds[i]) / 1e9)
        }
        #expect("\(LatencyHistogram.boundText(LatencyHistogram.bounds.count))" == "+Inf")
        #expect(LatencyHistogram.buckets == LatencyHistogram.bounds.count + 1)
    }

    @Test func `nothing counted has no percentiles`() { #expect(LatencyHistogram().percentile(0.5) == nil) }

    @Test func `times within a bucket are taken as evenly spread`() {
        // A hundred in the bucket from 100 to 250 ms.
        let histogram = histogram(Array(repeating: .milliseconds(200), count: 100))
        #expect(histogram.percentile(0) == 100_000_000)
        #expect(histogram.percentile(0.5) == 175_000_000)
        #expect(histogram.percentile(1) == 250_000_000)
        #expect(histogram.percentile(7) == 250_000_000)
        #expect(histogram.percentile(-1) == 100_000_000)
    }

    @Test func `a percentile steps over buckets by rank`() {
        // 90 in (0, 0.5 ms], none, 9 in (5 ms, 10 ms], 1 beyond the last bound.
        let times = Array(repeating: Duration.microseconds(100), count: 90) + Array(repeating: .milliseconds(7), count: 9)
        let histogram = histogram(times + [.seconds(500)])
        #expect(histogram.percentile(0.45) == 250_000)
        #expect(histogram.percentile(0.9) == 500_000)
        #expect(histogram.percentile(0.99) == 10_000_000)
        #expect(histogram.percentile(0.945) == 7_500_000)
        #expect(histogram.percentile(0.999) == 120_000_000_000)
    }

    @Test func `an estimate lies in the bucket of the exact value`() throws {
        var random = SystemRandomNumberGenerator()
        let times = (0..<500).map { _ in UInt64.random(in: 0..<119_000_000_000, using: &random) >> UInt64.random(in: 0..<20) }
        var histogram = LatencyHistogram()
        for time in times { histogram.record(time) }
        let sorted = times.sorted()
        let bounds = (0..<LatencyHistogram.bounds.count).map { LatencyHistogram.bounds[$0] }
        for percent in 1...100 {
            let exact = sorted[5 * percent - 1]
            let estimate = try #require(histogram.percentile(Double(5 * percent) / 500))
            let lower = bounds.last { $0 < exact } ?? 0
            let upper = bounds.first { $0 >= exact } ?? 0
            #expect(lower <= estimate && estimate <= upper, "\(percent) %: \(estimate) for \(exact)")
        }
    }

    @Test func `adding sums, and since gives what came later`() {
        let early = histogram([.milliseconds(1), .milliseconds(200)])
        var late = early
        late.add(histogram([.milliseconds(200), .seconds(3)]))
        #expect(late.count == 4)
        #expect(late.sum == 3_401_000_000)
        let later = late.since(early)
        #expect(later.count == 2)
        #expect(later.sum == 3_200_000_000)
        #expect(later.counts[8] == 1)
        #expect(early.since(late).count == 0)
        #expect(early.since(late).sum == 0)
    }
}
