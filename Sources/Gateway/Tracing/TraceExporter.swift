import Logging
import Network
import Policy
import Wire

/// Sends finished traces to a collector, in batches, from the control loop. What a collector does not take in time is dropped and counted.
final class TraceExporter {
    private static let interval = Duration.seconds(1)
    /// Traces in one request.
    private static let batch = 512
    private static let timeout = Duration.seconds(10)
    /// Attempts at one batch, the pause doubled each time.
    private static let attempts = 5
    /// The longest pause that a collector may ask for.
    static let longestPause = Duration.seconds(300)

    let queue = TraceQueue()
    let target: UpstreamTarget
    private let path: [UInt8]
    private let headersFile: String?
    private let reactor: Reactor
    private let upstream: UpstreamClient
    private let log: Logger
    private var timer: Timer?
    /// The request that is under way.
    private var current: UpstreamExchange?
    private var isSending = false
    /// Ends the wait for the batch that is under way.
    private var onSent: Wait?
    private var isFinishing = false
    /// A batch that is to be sent again, and how often it was sent.
    private var pending: (batch: [FinishedTrace], attempts: Int)?
    private var isFailing = false
    /// From the last batch to the next.
    private(set) var pause = interval

    /// - Throws: `UpstreamTarget.InvalidURL`.
    init(
        _ settings: TracingSettings, _ environment: ProxyEnvironment, reactor: Reactor, upstream: UpstreamClient, log: Logger
    ) throws(UpstreamTarget.InvalidURL) {
        var connection = UpstreamSettings(url: settings.origin)
        connection.caFile = settings.caFile
        target = try UpstreamTarget(connection, environment: environment)
        path = Array(settings.path.utf8)
        headersFile = settings.headersFile
        self.reactor = reactor
        self.upstream = upstream
        self.log = log
        timer = Timer(reactor.timers) { [weak self] in self?.tick() }
        timer?.schedule(at: .now() + Self.interval)
    }

    /// Sends a batch, unless one is under way.
    func tick() {
        guard !isSending else { return }
        let batch = pending?.batch ?? queue.take(Self.batch)
        guard !batch.isEmpty else { return schedule(Self.interval) }
        isSending = true
        reactor.spawn { [self] in await export(batch) }
    }

    private func schedule(_ pause: Duration) {
        self.pause = pause
        if !isFinishing { timer?.schedule(at: .now() + pause) }
    }

    private func export(_ batch: [FinishedTrace]) async {
        defer {
            isSending = false
            onSent?.end(.event)
        }
        let spans = batch.reduce(0) { $0 + $1.spanCount }
        let result = await send(OTLPTraces.json(batch), by: .now() + Self.timeout)
        switch result {
        case .taken(let partly):
            pending = nil
            count(spans, partly)
            schedule(batch.count == Self.batch ? .zero : Self.interval)
        case .refused(let reason):
            pending = nil
            queue.countDropped(spans)
            tell(reason)
            schedule(Self.interval)
        case .busy(let reason, let retryAfter):
            let attempts = (pending?.attempts ?? 0) + 1
            tell(reason)
            if attempts < Self.attempts {
                pending = (batch, attempts)
            } else {
                pending = nil
                queue.countDropped(spans)
            }
            schedule(max(Self.interval * (1 << min(attempts, Self.attempts)), min(retryAfter ?? .zero, Self.longestPause)))
        }
    }

    /// Counts a batch that was taken, except for the spans that the collector has rejected.
    private func count(_ spans: Int, _ partly: PartialSuccess) {
        let rejected = min(partly.rejectedSpans, spans)
        queue.countExported(spans - rejected)
        queue.countDropped(rejected)
        if rejected > 0 { tell(partly.text) } else { isFailing = false }
    }

    /// Once for each outage.
    private func tell(_ reason: String) {
        if !isFailing { log.warning("trace export failed", metadata: ["reason": "\(reason)", "host": "\(target.hostAndPort)"]) }
        isFailing = true
    }

    /// Sends what is left, in one request: the process ends. What the collector does not take is counted as dropped.
    /// - Parameter limit: for the batch that is under way and the rest together.
    func finish(within limit: Duration = .seconds(2)) async {
        isFinishing = true
        timer?.cancel()
        let end = Instant.now() + limit
        let isResponsive = await finishBatch(by: end)
        let rest = (pending?.batch ?? []) + queue.take(TraceQueue.limit)
        pending = nil
        guard !rest.isEmpty else { return }
        let spans = rest.reduce(0) { $0 + $1.spanCount }
        if isResponsive, case .taken(let partly) = await send(OTLPTraces.json(rest), by: end) {
            count(spans, partly)
        } else {
            queue.countDropped(spans)
        }
    }

    /// Waits for the batch that is under way, and cancels it at `end`.
    /// - Returns: false if it was cancelled.
    private func finishBatch(by end: Instant) async -> Bool {
        guard isSending else { return true }
        let wait = Wait()
        onSent = wait
        var isInTime = true
        let timeout = Timer(reactor.timers) { [self] in
            isInTime = false
            current?.cancel()
        }
        timeout.schedule(at: end)
        _ = await wait.ending
        timeout.cancel()
        return isInTime
    }

    private enum Result {
        case taken(PartialSuccess)
        /// It would be refused again.
        case refused(String)
        case busy(String, retryAfter: Duration? = nil)
    }

    private func send(_ body: [UInt8], by end: Instant) async -> Result {
        let exchange = upstream.lend(target)
        current = exchange
        defer {
            current = nil
            upstream.recycle(exchange)
        }
        exchange.keepsSecret = headersFile != nil
        exchange.fields.append(.contentType, "Content-Type", "application/json")
        exchange.fields.append(.userAgent, "User-Agent", "zuora-gateway/\(Version.current)")
        if let headersFile {
            guard let text = try? RegularFile.read(headersFile, limit: 64 << 10) else {
                return .busy("\(headersFile) cannot be read")
            }
            TraceHeaders.append(text, to: &exchange.fields)
        }
        let limits = UpstreamLimits(total: end, firstByte: nil, stall: Self.timeout)
        let path = path
        exchange.start(method: "POST", path: path.span, body: .bytes(body), limits: limits)
        var content: [UInt8] = []
        do throws(UpstreamFailure) {
            try await exchange.head()
            while content.count < 64 << 10, try await exchange.more() { exchange.takeContent(into: &content) }
        } catch {
            return .busy(error.explanation)
        }
        switch exchange.status {
        // What was rejected would be rejected again.
        case 200..<300: return .taken(PartialSuccess(content.span))
        case 429, 502, 503, 504: return .busy("status \(exchange.status)", retryAfter: exchange.retryAfter)
        default: return .refused("status \(exchange.status)")
        }
    }
}

extension UpstreamExchange {
    /// How long the response asks to wait; nil if it does not.
    fileprivate var retryAfter: Duration? {
        withHead { bytes in
            responseHead.fields.first { $0.name == .retryAfter }
                .flatMap { RetryAfter.parse(bytes.extracting($0.valueRange), now: .now()) }
        }
    }
}

/// The fields of a file, one on each line: `Authorization: Bearer …`.
enum TraceHeaders {
    static func append(_ text: [UInt8], to block: inout HeaderBlock) {
        for line in text.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let name = Array(line[..<colon])
            let value = Array(line[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 })
            block.append(FieldName(name.span), nameBytes: name.span, value: value.span)
        }
    }
}
