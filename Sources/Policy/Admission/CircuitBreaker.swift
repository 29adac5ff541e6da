public import Wire

/// Suspends calls to an upstream that fails most of the time, so that callers get a fast response and it can recover.
///
/// Closed: failures and successes of the last 10 seconds are counted; from 10 results on, half of them failures opens it. Open:
/// nothing passes for a time that doubles with each opening in a row (5 s to 60 s, up to a quarter longer at random). Half-open: one request
/// passes as a probe; its success closes the breaker, its failure opens it again.
public struct CircuitBreaker: Hashable, Sendable {
    /// Permission to send. Every permit ends with one `record`.
    public struct Permit: Hashable, Sendable {
        /// Which closing or opening it belongs to: results of an earlier one no longer count.
        let generation: UInt64
        public let isProbe: Bool
    }

    public enum Decision: Hashable, Sendable {
        case allowed(Permit)
        case refused(AdmissionRefusal)
    }

    public enum Result: Hashable, Sendable {
        case success
        case failure
        /// Says nothing about the upstream: the caller disconnected, the gateway's limits.
        case neutral
    }

    public enum State: String, Hashable, Sendable, CaseIterable {
        case closed
        case open
        case halfOpen = "half-open"
    }

    public private(set) var settings: BreakerSettings
    private var probeTimeout: Duration
    private var phase = Phase.closed
    private var generation: UInt64 = 0
    private var window: ResultWindow
    /// Openings since it was last closed.
    private var openings = 0

    private enum Phase: Hashable {
        case closed
        case open(until: Instant)
        case probing(since: Instant)
    }

    /// - Parameter probeTimeout: after this long without a result a probe is abandoned, and another may be sent.
    public init(_ settings: BreakerSettings = BreakerSettings(), probeTimeout: Duration = .seconds(130), now: Instant) {
        self.settings = settings
        self.probeTimeout = probeTimeout
        window = ResultWindow(length: settings.window, now: now)
    }

    /// Applies a new configuration. An open breaker stays open for the time that it was opened for.
    public mutating func adopt(_ settings: BreakerSettings, probeTimeout: Duration, now: Instant) {
        if settings.window != self.settings.window { window = ResultWindow(length: settings.window, now: now) }
        self.settings = settings
        self.probeTimeout = probeTimeout
    }

    /// Half-open from when the open time has passed.
    public func state(at now: Instant) -> State {
        switch phase {
        case .closed: .closed
        case .open(let until): now < until ? .open : .halfOpen
        case .probing: .halfOpen
        }
    }

    /// Requests permission to send.
    public mutating func admit(now: Instant) -> Decision {
        switch phase {
        case .closed:
            return .allowed(Permit(generation: generation, isProbe: false))
        case .open(let until):
            guard now >= until else { return .refused(AdmissionRefusal(.breakerOpen, retryAfter: until - now)) }
            return probe(now)
        case .probing(let since):
            guard now - since >= probeTimeout else {
                return .refused(AdmissionRefusal(.breakerOpen, retryAfter: .seconds(1)))
            }
            return probe(now)
        }
    }

    /// Records the result of a permitted request.
    /// - Returns: whether that opened the breaker.
    @discardableResult
    public mutating func record(
        _ result: Result, _ permit: Permit, now: Instant, random: inout some RandomNumberGenerator
    ) -> Bool {
        guard permit.generation == generation else { return false }
        switch (phase, result) {
        case (.closed, .success):
            window.add(isFailure: false, now)
        case (.closed, .failure):
            window.add(isFailure: true, now)
            let (failures, total) = window.counts(now)
            if total >= settings.minimum, Double(failures) >= Double(total) * settings.failures {
                open(now, &random)
                return true
            }
        case (.probing, .success):
            phase = .closed
            generation += 1
            openings = 0
            window = ResultWindow(length: settings.window, now: now)
        case (.probing, .failure):
            open(now, &random)
            return true
        case (.probing, .neutral):
            // The probe was inconclusive: the next request is the probe.
            generation += 1
            phase = .open(until: now)
        case (.closed, .neutral), (.open, _):
            break
        }
        return false
    }

    private mutating func probe(_ now: Instant) -> Decision {
        generation += 1
        phase = .probing(since: now)
        return .allowed(Permit(generation: generation, isProbe: true))
    }

    private mutating func open(_ now: Instant, _ random: inout some RandomNumberGenerator) {
        let doubled = settings.openTime * (1 << min(openings, 16))
        let time = min(doubled, settings.longestOpenTime)
        let extra = Duration.nanoseconds(Int64.random(in: 0...max(time.nanoseconds / 4, 0), using: &random))
        openings += 1
        generation += 1
        phase = .open(until: now + time + extra)
    }
}

/// Which results count as successes or failures of an upstream.
extension CircuitBreaker.Result {
    /// A response: 502, 503 and 504 indicate an unavailable backend; any other status, 4xx included, comes from a working one.
    public init(status: Int) {
        self =
            switch status {
            case 502, 503, 504: .failure
            case 429: .neutral
            default: .success
            }
    }

    /// No response.
    /// - Parameter hadItsTime: whether the upstream had the whole request and the time to respond (`Deadline.leftTime`).
    public init(failure: AttemptFailure, hadItsTime: Bool = false) {
        self =
            switch failure.cause {
            case .breakerOpen, .resources, .stopped: .neutral
            // A closed idle connection says nothing; a broken body comes from a working upstream.
            case .reset: failure.isIdleConnectionRace ? .neutral : .failure
            case .contentCoding: .success
            case .totalTimeout: hadItsTime ? .failure : .neutral
            case .resolve, .refused, .connect, .connectTimeout, .tls, .tlsRefused, .certificate, .firstByteTimeout, .stallTimeout,
                .protocolError, .incomplete:
                .failure
            }
    }
}

/// Successes and failures of the recent window, in a ring of ten buckets.
struct ResultWindow: Hashable, Sendable {
    private static let count = 10

    private var failures = [Int](repeating: 0, count: Self.count)
    private var totals = [Int](repeating: 0, count: Self.count)
    private let start: Instant
    private let step: Int64
    /// The number of the bucket in use, counted from the start.
    private var current: Int64 = 0

    init(length: Duration, now: Instant) {
        start = now
        step = max(length.nanoseconds / Int64(Self.count), 1)
    }

    mutating func add(isFailure: Bool, _ now: Instant) {
        advance(now)
        let index = Int(current % Int64(Self.count))
        totals[index] += 1
        if isFailure { failures[index] += 1 }
    }

    mutating func counts(_ now: Instant) -> (failures: Int, total: Int) {
        advance(now)
        return (failures.reduce(0, +), totals.reduce(0, +))
    }

    /// Empties the buckets whose time has passed.
    private mutating func advance(_ now: Instant) {
        let number = max((now - start).nanoseconds / step, current)
        for offset in 0..<min(number - current, Int64(Self.count)) {
            let index = Int((number - offset) % Int64(Self.count))
            failures[index] = 0
            totals[index] = 0
        }
        current = number
    }
}
