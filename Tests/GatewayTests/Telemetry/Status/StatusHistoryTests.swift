import Testing
import Wire

@testable import Gateway

@Suite struct StatusHistoryTests {
    private let labels = Samples.Labels()
    private let start = Instant(nanoseconds: 1_000_000_000)

    /// Asks every two seconds, after ten requests each time.
    private func ask(_ history: inout StatusHistory, _ metrics: inout WorkerMetrics, times: Range<Int>) -> Activity {
        var activity = Activity(window: nil, tenants: [])
        for i in times {
            for _ in 0..<10 { metrics.record(Samples.record(labels.acme, labels.get, total: .milliseconds(200))) }
            activity = history.activity(metrics.snapshot(WorkerGauges()), now: start + .seconds(2 * i))
        }
        return activity
    }

    @Test func `the first report covers all time and has no rate`() {
        var (history, metrics) = (StatusHistory(), WorkerMetrics())
        let activity = ask(&history, &metrics, times: 0..<1)
        #expect(activity.window == nil)
        #expect(activity[labels.acme.slot].requests == 10)
        #expect(activity[labels.acme.slot].rate == nil)
        #expect(activity[labels.acme.slot].latency.count == 10)
        #expect(activity.total.rate == nil)
    }

    @Test func `rates are of the time since the oldest moment within a minute`() {
        var (history, metrics) = (StatusHistory(), WorkerMetrics())
        let early = ask(&history, &metrics, times: 0..<6)
        #expect(early.window == .seconds(10))
        #expect(early[labels.acme.slot].rate == 5)
        #expect(early[labels.acme.slot].latency.count == 50)
        let late = ask(&history, &metrics, times: 6..<200)
        #expect(late.window.map { (.seconds(54)...Duration.seconds(60)).contains($0) } == true)
        #expect(late[labels.acme.slot].requests == 2000)
        #expect(late[labels.acme.slot].rate == 5)
        #expect(late.total.rate == 5)
    }

    @Test func `times of long ago do not count`() {
        var (history, metrics) = (StatusHistory(), WorkerMetrics())
        for _ in 0..<1000 { metrics.record(Samples.record(labels.acme, labels.get, total: .seconds(100))) }
        let activity = ask(&history, &metrics, times: 0..<100)
        #expect(activity[labels.acme.slot].latency.percentile(0.99).map { $0 <= 250_000_000 } == true)
    }

    @Test func `after a pause it begins anew`() {
        var (history, metrics) = (StatusHistory(), WorkerMetrics())
        _ = ask(&history, &metrics, times: 0..<10)
        #expect(ask(&history, &metrics, times: 100..<101).window == nil)
        #expect(ask(&history, &metrics, times: 101..<102).window == .seconds(2))
    }

    @Test func `a tenant that comes later has a rate too`() {
        var (history, metrics) = (StatusHistory(), WorkerMetrics())
        _ = ask(&history, &metrics, times: 0..<1)
        for _ in 0..<4 { metrics.record(Samples.record(labels.globex, labels.get)) }
        let activity = ask(&history, &metrics, times: 1..<2)
        #expect(activity[labels.globex.slot].rate == 2)
        #expect(activity.total.rate == 7)
        // One that is configured and had no request.
        #expect(activity[40].rate == 0)
    }

    @Test func `however often it is asked, it keeps few moments`() {
        var (history, metrics) = (StatusHistory(), WorkerMetrics())
        for i in 0..<10_000 {
            metrics.count(.clientConnections)
            _ = history.activity(metrics.snapshot(WorkerGauges()), now: start + .milliseconds(10 * i))
        }
        #expect(history.sampleCount <= 13)
        #expect(history.sampleCount >= 12)
    }
}
