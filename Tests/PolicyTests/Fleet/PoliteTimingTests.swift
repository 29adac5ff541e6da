import Policy
import Testing
import Wire

struct PoliteTimingTests {
    @Test func `a thousand gateways started within 10 s spread their first calls over a minute`() {
        var random = SplitMix64(seed: 1)
        let times = (0..<1000).map { _ in
            let start = Instant.at(Double.random(in: 0...10, using: &random))
            let at = PoliteTiming().prefetch(start, using: &random)
            #expect(at >= start && at < start + .seconds(60))
            return (at - .at(0)).seconds
        }.sorted()
        #expect(times[999] - times[0] > 60)
        // Evenly: no ten seconds see more than a fifth of them.
        for start in stride(from: 0.0, to: 70, by: 1) { #expect(times.count { $0 >= start && $0 < start + 10 } < 220) }
    }

    @Test(arguments: 0..<20)
    func `a thousand members that know how many they are make at most 100 calls a minute`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let timing = PoliteTiming(members: 1000)
        let prefetches = (0..<1000).map { _ in timing.prefetch(.at(0), using: &random) }
        let alone = (0..<1000).map { _ in timing.alone(.at(0), using: &random) }
        for times in [prefetches, alone] {
            for start in stride(from: 0.0, to: 1000, by: 2) {
                let count = times.count { $0 >= .at(start) && $0 < .at(start + 60) }
                #expect(count <= 100, "\(count) from \(start)")
            }
        }
    }

    @Test func `numbers beyond all bounds are no trap`() {
        #expect(PoliteTiming(members: .max, credentials: .max).spread == .seconds(1_000_000))
        #expect(PoliteTiming(members: -1, credentials: 0).spread == .seconds(60))
    }

    @Test func `a few gateways that have lost the store call at once when a request waits`() {
        var random = LargestRandom()
        #expect(PoliteTiming(members: 20).alone(.at(5), using: &random) == .at(5))
    }

    @Test func `each member looks for a shared token's successor in the first half of what is left after its refresh`() {
        var random = SplitMix64(seed: 3)
        let facts = TokenRecordFacts(
            generation: 1, expiry: StoreTime(microseconds: 3_600_000_000), refresh: StoreTime(microseconds: 2_600_000_000))
        let reading = StoreReading(time: StoreTime(microseconds: 0), asked: .at(0), received: .at(0.1))
        let times = (0..<1000).map { _ in PoliteTiming().ahead(facts, reading, using: &random) }
        #expect(times.allSatisfy { $0 >= .at(2600) && $0 < .at(3100) })
        #expect(times.contains { $0 < .at(2605) })
    }

    @Test func `without the store tokens are replaced from 70 % of their life on, and before their end`() {
        var random = SplitMix64(seed: 4)
        let times = (0..<1000).map { _ in
            PoliteTiming().aloneRefresh(begun: .at(0), goodUntil: .at(1000), now: .at(10), using: &random)
        }
        #expect(times.allSatisfy { $0 >= .at(699.9) && $0 < .at(1000) })
        let late = PoliteTiming().aloneRefresh(begun: .at(0), goodUntil: .at(1000), now: .at(990), using: &random)
        #expect(late >= .at(990) && late < .at(1000))
    }
}
