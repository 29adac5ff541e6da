public import Wire

/// Leaves an upstream alone that fails most of the time, so that its callers get a quick answer and it gets time to recover.
///
/// Closed: failures and successes of the last 10 seconds are counted; from 10 results on, half of them failures opens it. Open:
/// nothing passes for a time that doubles with each opening in a row (5 s to 60 s, up to a quarter longer at random). Half-open: one request
/// passes as a probe; its success closes the breaker, its failure opens it again.
public struct CircuitBreaker: Hashable, Sendable {
    public struct Settings: Hashable, Sendable {
        /// Results before which nothing is judged.
        public var minimumVolume = 10
        /// The share of failures that opens it, above 0 up to 1.
        public var failureShare = 0.5
        public var window: Duration = .seconds(10)
        public var openTime: Duration = .seconds(5)
        public var longestOpenTime: Duration = .seconds(60)
        /// A probe without a result for this long is given up, and another may go.
        public var probeTimeout: Duration = .seconds(130)

        public init() {}
    }

    /// Leave to send. Every permit ends with one `record`.
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
        /// Says nothing about the upstream: the caller went away, the gateway's own limits.
        case neutral
    }

    public enum State: String, Hashable, Sendable, CaseIterable {
        case closed
        case open
        case halfOpen = "half-open"
    }

    public let settings: Settings
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

    public init(_ settings: Settings = Settings(), now: Instant) {
        self.settings = settings
        window = ResultWindow(length: settings.window, now: now)
    }

    /// Half-open from when the open time has passed.
    public func state(at now: Instant) -> State {
        switch phase {
        case .closed: .closed
        case .open(let until): now < until ? .open : .halfOpen
        case .probing: .halfOpen
        }
    }

    /// Asks for leave to send.
    public mutating func admit(now: Instant) -> Decision {
        switch phase {
        case .closed:
            return .allowed(Permit(generation: generation, isProbe: false))
        case .open(let until):
            guard now >= until else { return .refused(AdmissionRefusal(.breakerOpen, retryAfter: until - now)) }
            return probe(now)
        case .probing(let since):
            guard now - since >= settings.probeTimeout else {
                return .refused(AdmissionRefusal(.breakerOpen, retryAfter: .seconds(1)))
            }
            return probe(now)
        }
    }

    /// Tells what came of a request that had leave.
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
            if total >= settings.minimumVolume, Double(failures) >= Double(total) * settings.failureShare {
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
            // The probe told nothing: the next request is the probe.
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
