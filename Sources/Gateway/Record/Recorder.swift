import Logging
import Network
import Policy
import Wire

/// One worker's books: its part of the access log, its counters, its last errors.
final class Recorder {
    /// How long a line may wait for others to go with it.
    private static let flushInterval = Duration.milliseconds(100)

    private(set) var metrics = WorkerMetrics()
    private var log: AccessLog
    private var errors = RecentErrors()
    private let reactor: Reactor
    private var timer: Timer?
    private var isTimerSet = false
    private var counted: [WorkerCounter: Int] = [:]

    init(reactor: Reactor, drain: LogDrain?) {
        self.reactor = reactor
        log = drain.map { AccessLog(.json, drain: $0) } ?? AccessLog.off
        timer = Timer(reactor.timers) { [unowned self] in flush() }
    }

    func record(_ record: AccessRecord) {
        metrics.record(record)
        errors.note(record)
        log.write(record)
        if !isTimerSet, log.hasPending {
            isTimerSet = true
            timer?.schedule(at: reactor.now + Self.flushInterval)
        }
    }

    private func flush() {
        log.flush()
        isTimerSet = log.hasPending
        if isTimerSet { timer?.schedule(at: reactor.now + Self.flushInterval) }
    }

    /// Hands over what is left: the worker ends.
    func close() {
        timer?.cancel()
        log.close()
    }

    func count(_ counter: TenantCounter, _ tenant: Label) { metrics.count(counter, tenant) }

    func count(_ counter: WorkerCounter) { metrics.count(counter) }

    /// Counts a connection that was made to an upstream.
    func count(_ timings: UpstreamTimings) { metrics.count(timings) }

    /// Takes over what the server has counted since it was asked last.
    func count(_ server: HTTPServer) {
        let now = [
            (WorkerCounter.clientConnections, server.acceptedConnections), (.clientConnectionsRefused, server.refusedConnections),
            (.clientHandshakes, server.finishedHandshakes), (.clientHandshakeFailures, server.failedHandshakes),
            (.clientHandshakesRefused, server.refusedHandshakes),
        ]
        for (counter, value) in now {
            metrics.count(counter, value - (counted[counter] ?? 0))
            counted[counter] = value
        }
    }

    func report(_ gauges: WorkerGauges) -> WorkerReport { WorkerReport(metrics: metrics.snapshot(gauges), errors: errors.errors) }
}

extension WorkerMetrics {
    /// Counts the connection that a transfer was the first on.
    mutating func count(_ timings: UpstreamTimings) {
        guard !timings.isReused, timings.connect > .zero else { return }
        count(.upstreamConnections)
        if timings.tls > .zero { count(.upstreamHandshakes) }
    }
}

/// What a worker tells of itself.
struct WorkerReport: Sendable {
    var metrics: MetricsSnapshot
    var errors: [RecentError]
}

/// What is known of one request for its log line, its metrics, and the fields that every response to it has. The phases write down in it what
/// they come to know; they do not read from it.
final class Journal {
    var entry: AccessRecord
    let startedAt: Instant
    /// The tenant's name, for the caller.
    var tenant: String?
    /// On the cancel routes: what became of the job, as far as it is known.
    var outcome: CancelOutcome?
    var isCancel = false
    /// Requests and verifications sent upstream.
    var attempts = 0
    var problem: Problem?
    /// Why the last attempt got no response; nil if it did.
    var failure: UpstreamFailure?
    /// What the operator is told of a failure, where it is more than the caller is told.
    var detail: String?

    init(startedAt: Instant) {
        self.startedAt = startedAt
        entry = AccessRecord(time: .now())
    }
}

/// Says in the log why TLS clients do not get in: at most once a second, since a flood of them must not become a flood of lines.
final class HandshakeLog {
    private static let interval = Duration.seconds(1)

    private let log: Logger
    private let reactor: Reactor
    private var quietUntil = Instant(nanoseconds: 0)
    /// Failures since the last line that got none.
    private var silent = 0

    init(_ log: Logger, reactor: Reactor) {
        self.log = log
        self.reactor = reactor
    }

    func note(_ error: TLSError, listener: String, address: String?) {
        let now = reactor.now
        guard now >= quietUntil else {
            silent += 1
            return
        }
        quietUntil = now + Self.interval
        var metadata: Logger.Metadata = ["reason": "\(error)", "listener": "\(listener)"]
        if let address { metadata["client"] = "\(address)" }
        if silent > 0 { metadata["others_since_the_last_line"] = "\(silent)" }
        silent = 0
        log.warning("a TLS client did not get in", metadata: metadata)
    }
}
