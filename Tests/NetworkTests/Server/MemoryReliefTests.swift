import Testing
import Wire

@testable import Network

/// Who is refused when memory has been short for a while. Times are seconds after an arbitrary beginning; patience is one.
@Suite struct MemoryReliefTests {
    private func stalled(_ since: Double, _ bytes: Int, cancel: Bool = false) -> MemoryRelief.Holder {
        MemoryRelief.Holder(since: .at(since), bytes: bytes, isStalled: true, isShedLast: cancel)
    }

    private func waiting(_ since: Double, _ bytes: Int, cancel: Bool = false) -> MemoryRelief.Holder {
        MemoryRelief.Holder(since: .at(since), bytes: bytes, isStalled: false, isShedLast: cancel)
    }

    private func refused(_ holders: [MemoryRelief.Holder], excess: Int, at now: Double) -> [Int] {
        MemoryRelief(holders, excess: excess, now: .at(now), patience: .seconds(1)).refused
    }

    @Test func `those that hold the most for the longest are refused first, and no more than it takes`() {
        let holders = [stalled(8, 100), stalled(5, 100), stalled(8, 1000), stalled(5, 10)]
        #expect(refused(holders, excess: 1, at: 10) == [2])
        #expect(refused(holders, excess: 1001, at: 10) == [2, 1])
        #expect(refused(holders, excess: 5000, at: 10) == [2, 1, 0, 3])
        #expect(refused(holders, excess: 0, at: 10) == [])
    }

    @Test func `a request that has something to send is refused after all that send nothing`() {
        let holders = [waiting(0, 500), stalled(8, 100), stalled(8, 100)]
        #expect(refused(holders, excess: 200, at: 10) == [1, 2])
        #expect(refused(holders, excess: 300, at: 9) == [1, 2, 0])
    }

    @Test func `it is not refused while others are about to have stood still for long enough`() {
        let holders = [waiting(7, 500), stalled(9.5, 100), stalled(9.5, 100)]
        #expect(refused(holders, excess: 200, at: 10) == [])
        #expect(refused(holders, excess: 200, at: 10.5) == [1, 2])
        #expect(refused(holders, excess: 201, at: 10) == [0])
    }

    @Test func `a small request that waits is kept while larger ones, once they have waited for as long, will free enough`() {
        let holders = [waiting(8.5, 4), waiting(9.9, 100), waiting(9.8, 100)]
        #expect(refused(holders, excess: 150, at: 10) == [])
        #expect(refused(holders, excess: 150, at: 10.9) == [2, 1])
        #expect(refused([waiting(8.5, 4), waiting(9.9, 100)], excess: 150, at: 10) == [0])
    }

    @Test func `who holds nothing frees nothing, and is left in peace for longer`() {
        let holders = [waiting(0, 0), stalled(0, 0), waiting(0, 100)]
        #expect(refused(holders, excess: 1000, at: 9) == [2])
        #expect(refused(holders, excess: 1000, at: 10) == [2, 0, 1])
        #expect(refused(holders, excess: 100, at: 10) == [2])
    }

    @Test func `cancels come last, whatever they hold`() {
        let holders = [stalled(0, 9000, cancel: true), waiting(2, 100), waiting(0, 9000, cancel: true), stalled(5, 10)]
        #expect(refused(holders, excess: 100, at: 9) == [3, 1])
        #expect(refused(holders, excess: 200, at: 9) == [3, 1, 0])
        #expect(refused(holders, excess: 10_000, at: 9) == [3, 1, 0, 2])
        #expect(refused([waiting(0, 0, cancel: true), waiting(1, 0)], excess: 1, at: 20) == [1, 0])
    }

    @Test func `nobody is refused before patience is over`() {
        #expect(refused([stalled(9.1, 1 << 30), waiting(9.1, 1 << 30)], excess: .max, at: 10) == [])
    }
}

extension Instant {
    fileprivate static func at(_ seconds: Double) -> Instant { Instant(nanoseconds: UInt64((1000 + seconds) * 1e9)) }
}
