import Policy
import Testing
import Wire

struct StoreTimeTests {
    private let reading = StoreReading(time: StoreTime(microseconds: 5_000_000_000), asked: .at(10), received: .at(10.1))

    @Test func `a lease ends early and a pause late by no more than the way took`() {
        let end = StoreTime(microseconds: 5_006_000_000)
        #expect(reading.earliest(end) == .at(16))
        #expect(reading.latest(end) == .at(16.1))
    }

    @Test func `a token never lives longer for its readers than for the member that published it`() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<1000 {
            // The store's clock is ahead by an unknown amount; each way takes its own time.
            let offset = Int64.random(in: 0...1_000_000_000_000, using: &random)
            func reading(at asked: Double) -> StoreReading {
                let (there, back) = (Double.random(in: 0...0.1, using: &random), Double.random(in: 0...0.1, using: &random))
                let time = Int64((asked + there) * 1e6) + offset
                return StoreReading(time: StoreTime(microseconds: time), asked: .at(asked), received: .at(asked + there + back))
            }
            let life = Instant.at(Double.random(in: 100...4000, using: &random))
            let expiry = reading(at: Double.random(in: 1...50, using: &random)).storeTime(at: life)
            let goodUntil = reading(at: Double.random(in: 50...90, using: &random)).earliest(expiry)
            #expect(goodUntil <= life + .microseconds(2))
            #expect(life - goodUntil < .milliseconds(401))
        }
    }

    @Test func `times beyond all bounds saturate`() {
        #expect(StoreTime(microseconds: .max) + .seconds(1) == StoreTime(microseconds: .max))
        #expect(StoreTime(microseconds: .min) + .seconds(-1) == StoreTime(microseconds: .min))
        #expect(reading.latest(StoreTime(microseconds: .max)) > .at(1e6))
        #expect(reading.earliest(StoreTime(microseconds: .min)) == Instant(nanoseconds: 0))
        #expect(Duration.nanoseconds(-1).microseconds == -1)
        #expect(Duration.seconds(-1e12).microseconds == -(.max / 1000) - 1)
        #expect(Duration.seconds(1e12).microseconds == .max / 1000)
    }
}
