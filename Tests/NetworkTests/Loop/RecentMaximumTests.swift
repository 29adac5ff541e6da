import Network
import Testing
import Wire

@Suite struct RecentMaximumTests {
    private let start = Instant(nanoseconds: 5_000_000_000)

    private func second(_ time: Int) -> Instant { start + .seconds(time) }

    @Test func `a peak is seen by every reader for a minute, and then no more`() {
        var lag = RecentMaximum(now: start)
        lag.note(.milliseconds(300), now: second(9))
        lag.note(.milliseconds(20), now: second(11))
        for time in [11, 11, 30, 69] {
            #expect(lag.value(now: second(time)) == .milliseconds(300))
            #expect(lag.value(now: second(time)) == .milliseconds(300))
        }
        #expect(lag.value(now: second(79)) == .milliseconds(20))
        #expect(lag.value(now: second(81)) == .zero)
    }

    @Test func `smaller values beside a peak change nothing, a greater one does`() {
        var lag = RecentMaximum(now: start)
        for (value, expected) in [(5, 5), (3, 5), (8, 8), (1, 8)] {
            lag.note(.milliseconds(value), now: second(1))
            #expect(lag.value(now: second(1)) == .milliseconds(expected))
        }
    }

    @Test func `it agrees with the plain maximum over what the window must hold, and never sees beyond what it may`() {
        var random = SystemRandomNumberGenerator()
        var lag = RecentMaximum(now: start)
        var noted: [(time: Instant, value: Duration)] = []
        var time = start
        for _ in 0..<5000 {
            // Now and then nothing happens for longer than the window.
            time = time + .milliseconds(Int.random(in: 0...1 << Int.random(in: 0...17), using: &random))
            let value = Duration.microseconds(Int.random(in: 0...1000, using: &random))
            lag.note(value, now: time)
            noted.append((time, value))
            noted.removeAll { time - $0.time > .seconds(70) }
            let least = noted.filter { time - $0.time <= .seconds(60) }.map(\.value).max() ?? .zero
            let most = noted.map(\.value).max() ?? .zero
            let seen = lag.value(now: time)
            #expect(seen >= least && seen <= most)
        }
    }
}
