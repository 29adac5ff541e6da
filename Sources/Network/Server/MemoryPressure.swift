import CLinux
import Synchronization
import Wire

/// Keeps the memory of one loop's connections within the limit of the `MemoryGauge` that all loops share.
///
///                   used >= limit
///            room ----------------> short: reading into memory pauses
///             ^                       |
///             |  used < limit         |  for `patience`
///             +-----------------------+-------------------> relief: a tenth of the limit is freed
///
/// Waiting readers continue, the longest first, as soon as there is room. Relief refuses requests with a 503, as `MemoryRelief` decides.
/// Cancels have an additional tenth above the limit.
final class MemoryPressure {
    static let refusal = Refusal(503, "The gateway is short of memory for client data; try again soon.")
    /// The interval between checks during a shortage.
    private static let interval = Duration.milliseconds(50)

    private struct Waiter {
        let since: Instant
        let bytes: Int
        let isShedLast: Bool
        let resume: (Bool) -> Void
    }

    private let gauge: MemoryGauge
    private let reactor: Reactor
    private let patience: Duration
    /// - Parameter stalled: the connections that wait for more of partly received data.
    private let stalled: () -> [Connection]
    private var waiting: [Waiter] = []
    var waitingCount: Int { waiting.count }
    private var shortSince: Instant?
    /// Whether requests were refused during the current shortage.
    private var hasRefused = false
    private var timer: Timer?

    init(_ gauge: MemoryGauge, reactor: Reactor, patience: Duration, stalled: @escaping () -> [Connection]) {
        self.gauge = gauge
        self.reactor = reactor
        self.patience = patience
        self.stalled = stalled
    }

    /// Called before reading into memory. Suspends while memory is short.
    /// - Parameters:
    ///   - bytes: bytes already buffered for the request.
    ///   - isShedLast: whether it may use the last tenth.
    /// - Returns: false if the wait failed: the request must be refused.
    func admit(holding bytes: Int, isShedLast: Bool) async -> Bool {
        // Only cancels may overtake waiting readers.
        if gauge.used < limit(isShedLast), waiting.isEmpty || isShedLast { return true }
        return await unsafe withUnsafeContinuation { continuation in
            waiting.append(
                Waiter(since: reactor.now, bytes: bytes, isShedLast: isShedLast) { unsafe continuation.resume(returning: $0) })
            // Even if another loop has freed memory by now: nothing else would wake this waiter.
            watch()
        }
    }

    /// Memory is, or may be, short: checks repeatedly until it no longer is.
    func note() { if gauge.isExhausted { watch() } }

    private func watch() {
        guard shortSince == nil else { return }
        shortSince = reactor.now
        let timer = timer ?? Timer(reactor.timers) { [unowned self] in look() }
        self.timer = timer
        timer.schedule(at: reactor.now + Self.interval)
    }

    private func limit(_ isShedLast: Bool) -> Int {
        let limit = gauge.limit
        return isShedLast ? limit.addingReportingOverflow(limit / 10).overflow ? .max : limit + limit / 10 : limit
    }

    private func look() {
        let now = reactor.now
        letGoOn()
        if let since = shortSince, gauge.isExhausted, now - since >= patience { relieve(now) }
        if gauge.isExhausted || !waiting.isEmpty {
            timer?.schedule(at: now + Self.interval)
        } else {
            shortSince = nil
            // What refused requests held is free now, but still the heap's.
            if hasRefused { zg_trim_heap() }
            hasRefused = false
        }
    }

    /// Resumes as many as there is room for, given what each reads at a time.
    private func letGoOn() {
        var taken = 0
        let (used, all) = (gauge.used, waiting)
        waiting = []
        for waiter in all {
            if used + taken < limit(waiter.isShedLast) {
                taken += ConnectionMemory.bodyCapacity
                waiter.resume(true)
            } else {
                waiting.append(waiter)
            }
        }
    }

    private func relieve(_ now: Instant) {
        let stalled = stalled().compactMap { connection in connection.stall.map { (connection, $0) } }
        let waiting = waiting
        let relief = MemoryRelief(
            stalled.map {
                MemoryRelief.Holder(since: $0.1.since, bytes: $0.1.bytes, isStalled: true, isShedLast: $0.1.isShedLast)
            }
                + waiting.map {
                    MemoryRelief.Holder(since: $0.since, bytes: $0.bytes, isStalled: false, isShedLast: $0.isShedLast)
                },
            excess: gauge.used - (gauge.limit - gauge.limit / 10), now: now, patience: patience)
        var refused = Set<Int>()
        if !relief.refused.isEmpty { hasRefused = true }
        for index in relief.refused {
            if index < stalled.count { stalled[index].0.giveUpStalled() } else { refused.insert(index - stalled.count) }
        }
        guard !refused.isEmpty else { return }
        self.waiting = waiting.indices.filter { !refused.contains($0) }.map { waiting[$0] }
        for index in waiting.indices where refused.contains(index) { waiting[index].resume(false) }
    }
}

/// Decides which requests are refused to free memory: those that have held the most for the longest, and only as many as needed.
///
///     stalled requests, then requests that wait for memory, then stalled cancels, then cancels that wait
///
/// Each must have stalled for `patience`. Requests with data to send are kept while others, once they have stalled for as long, will
/// free enough. Requests that hold no memory are refused only after `endurance`, if that was not enough.
struct MemoryRelief {
    struct Holder {
        /// When it stalled, or began to wait.
        var since: Instant
        /// What its refusal frees.
        var bytes: Int
        /// Its client sends nothing; otherwise it waits for memory to read what has come.
        var isStalled: Bool
        var isShedLast: Bool
    }

    /// A wait that is long for a client that has done nothing wrong, in units of `patience`.
    static let endurance = 10

    /// Indices of those to be refused, in this order.
    private(set) var refused: [Int] = []

    init(_ holders: [Holder], excess: Int, now: Instant, patience: Duration) {
        var left = excess
        // What those that have not stood for long enough will free.
        var expected = 0
        for (isShedLast, isStalled) in [(false, true), (false, false), (true, true), (true, false)] {
            let group = holders.indices.filter { holders[$0].isShedLast == isShedLast && holders[$0].isStalled == isStalled }
            let isRipe = { (index: Int) in now - holders[index].since >= patience }
            // Of those with data to send, one that holds little does not make room for others that hold more, if not as long yet.
            let candidates = group.filter { holders[$0].bytes > 0 && (!isStalled || isRipe($0)) }
                .sorted { holders[$0].weight(now) > holders[$1].weight(now) }
            for index in candidates where left > expected {
                if isRipe(index) {
                    refused.append(index)
                    left -= holders[index].bytes
                } else {
                    expected += holders[index].bytes
                }
            }
            if isStalled { for index in group where !isRipe(index) { expected += holders[index].bytes } }
            if left <= expected { break }
        }
        guard left > 0 else { return }
        for isShedLast in [false, true] {
            for index in holders.indices
            where left > 0 && holders[index].isShedLast == isShedLast && !refused.contains(index)
                && now - holders[index].since >= patience * Self.endurance
            {
                refused.append(index)
                left -= holders[index].bytes
            }
        }
    }
}

extension MemoryRelief.Holder {
    fileprivate func weight(_ now: Instant) -> Double { Double(bytes) * (now - since).seconds }
}

/// What is held in memory for clients, on all loops together, and how much that may be: input that is not handled yet, and bodies.
public final class MemoryGauge: Sendable {
    /// A decrease from at least this much to its half is worth trimming the heap.
    private var worthReturning: Int { min(64 << 20, max(limit / 4, 4 << 20)) }

    private let bytes = Atomic<Int>(0)
    private let most = Atomic<Int>(.max)
    /// The maximum since free memory was last returned to the system.
    private let peak = Atomic<Int>(0)

    public init(limit: Int = .max) { self.limit = limit }

    /// Bytes; may be exceeded by the size of one read.
    public var limit: Int {
        get { most.load(ordering: .relaxed) }
        set { most.store(newValue, ordering: .relaxed) }
    }

    /// Bytes held now.
    public var used: Int { bytes.load(ordering: .relaxed) }

    public var isExhausted: Bool { used >= limit }

    /// Counts allocated bytes, or freed ones if `change` is negative.
    public func add(_ change: Int) {
        let now = bytes.wrappingAdd(change, ordering: .relaxed).newValue
        guard change < 0 else {
            peak.max(now, ordering: .relaxed)
            return
        }
        let highest = peak.load(ordering: .relaxed)
        guard highest >= worthReturning, now <= highest / 2 else { return }
        // Only one loop does it.
        if peak.compareExchange(expected: highest, desired: now, ordering: .relaxed).exchanged { zg_trim_heap() }
    }
}
