import Logging
import Network
import Policy
import Wire

/// One worker's records: its part of the access log, its counters, its recent errors.
final class Recorder {
    /// How long a line may wait to be written in a batch.
    private static let flushInterval = Duration.milliseconds(100)

    private(set) var metrics = WorkerMetrics()
    private var log: AccessLog
    private var errors = RecentErrors()
    private let reactor: Reactor
    private var timer: Timer?
    private var isTimerSet = false
    private var counted: [WorkerCounter: Int] = [:]

    init(reactor: Reactor, drain: LogDrain?, format: LogFormat = .json) {
        self.reactor = reactor
        log = AccessLog(format: format, drain: drain)
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

    /// Flushes the remaining lines when the worker ends.
    func close() {
        timer?.cancel()
        log.close()
    }

    func count(_ counter: TenantCounter, _ tenant: Label) { metrics.count(counter, tenant) }

    func count(_ counter: WorkerCounter) { metrics.count(counter) }

    /// Counts a new connection to an upstream.
    func count(_ timings: UpstreamTimings) { metrics.count(timings) }

    /// Adds the server's counts since the last call.
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

/// A worker's report.
struct WorkerReport: Sendable {
    var metrics = MetricsSnapshot()
    var errors: [RecentError] = []
}

/// Data of one request for its log line, its metrics, and the fields of every response to it. The phases write to it,
/// and do not read from it.
final class Journal {
    var entry: AccessRecord
    let startedAt: Instant
    /// The tenant's name, for the caller.
    var tenant: String?
    /// On the cancel routes: the outcome, as far as known.
    var outcome: CancelOutcome?
    var isCancel = false
    /// Whether the caller had disconnected when its response was complete; nil if it did not become complete.
    var wasCallerGone: Bool?
    /// Whether the response to the request named another job than its path.
    var namedOtherJob = false
    var problem: Problem?
    /// The request's spans, if it is sampled.
    var spans: RequestSpans?
    /// Where its attempts went.
    var upstream: UpstreamTarget?
    /// Why the last attempt got no response; nil if it did.
    var failure: UpstreamFailure?
    /// Details of a failure for the operator, if the caller gets fewer.
    var detail: String?

    init(startedAt: Instant) {
        self.startedAt = startedAt
        entry = AccessRecord(time: .now())
    }
}

/// Logs failed TLS handshakes, at most once per second, so that a flood of clients cannot flood the log.
final class HandshakeLog {
    private static let interval = Duration.seconds(1)

    private let log: Logger
    private let reactor: Reactor
    private var quietUntil = Instant(nanoseconds: 0)
    /// Failures that were not logged since the last line.
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
        if silent > 0 { metadata["others_since_the_last_line"] = .number(silent) }
        silent = 0
        log.warning("TLS handshake failed", metadata: metadata)
    }
}
