import DequeModule
public import Wire

/// A loop's services for code that runs on it: readiness of descriptors, timers, new tasks. Not Sendable: it belongs to one
/// `EventLoopActor` and is only used from there.
public final class Reactor {
    public let poller: Poller
    public let timers = TimerHeap()
    /// The time at which the current batch of events was received: cheap to read, at most one batch old.
    public private(set) var now = Instant.now()
    /// What `now` is read from: tests let time pass with it.
    var clock: () -> Instant = Instant.now
    /// How long iterations of the loop delayed others.
    private var turns = RecentMaximum(now: .now())
    /// How long the last two iterations delayed others.
    private var lastTurns = (Duration.zero, Duration.zero)

    private let loop: EventLoop
    private var hooks: [any TurnHook] = []
    private var spawned = Deque<() async -> Void>()
    private var startTask: (() -> Void)?
    private var yielded = Deque<() -> Void>()
    /// How many yielded tasks continue in one iteration: they have much to do, and all of them together would
    /// delay the others.
    private static let resumedAtATime = 2

    /// - Throws: `SystemError` if the process has no descriptor left.
    public init(loop: EventLoop) throws(SystemError) {
        self.loop = loop
        poller = try Poller(wakeDescriptor: loop.wakeDescriptor)
    }

    /// Starts a task that runs on this loop.
    public func spawn(_ operation: @escaping () async -> Void) {
        spawned.append(operation)
        startTask?()
    }

    /// Yields to others: continues after every task that is ready now, after kernel events, and after tasks that
    /// yielded before, of which only a few continue in each iteration.
    public func yield() async {
        await unsafe withUnsafeContinuation { continuation in
            yielded.append { unsafe continuation.resume() }
        }
    }

    /// Suspends the task for at least this long.
    public func sleep(_ duration: Duration) async {
        await unsafe withUnsafeContinuation { continuation in
            let timer = Timer(timers) { unsafe continuation.resume() }
            timer.schedule(at: clock() + duration)
        }
    }

    func takeSpawned() -> (() async -> Void)? { spawned.popFirst() }

    /// Calls `hook` once in each iteration, before the loop sleeps. The reactor keeps it until `removeHook`.
    public func addHook(_ hook: any TurnHook) { hooks.append(hook) }

    public func removeHook(_ hook: any TurnHook) { hooks.removeAll { $0 === hook } }

    /// The longest iteration within the last minute: the worst delay.
    public var longestTurn: Duration { turns.value(now: clock()) }

    /// The loop's sustained delay: the shorter of the last two iterations. One long iteration is an outlier, two are load.
    public var lateness: Duration { min(lastTurns.0, lastTurns.1) }

    /// - Parameter startTask: starts a task on the loop's actor that runs the result of `takeSpawned`.
    func bind(_ startTask: @escaping () -> Void) {
        self.startTask = startTask
        for _ in spawned { startTask() }
    }

    /// One iteration: hooks, then the kernel's events, then timers.
    func turn() {
        for hook in hooks { hook.turn() }
        let end = clock()
        let turned = end - now
        turns.note(turned, now: end)
        lastTurns = (lastTurns.1, turned)
        let wait: Int32 = loop.prepareToSleep() && yielded.isEmpty ? millisecondsToNextTimer() : 0
        poller.wait(milliseconds: wait) {
            loop.wokeUp()
            now = clock()
        }
        timers.fire(now)
        resumeYielded()
    }

    private func resumeYielded() {
        for _ in 0..<min(yielded.count, Self.resumedAtATime) { yielded.popFirst()?() }
    }

    /// Rounded up, so that the timer is due when the wait ends.
    private func millisecondsToNextTimer() -> Int32 {
        guard let next = timers.next else { return -1 }
        let time = clock()
        guard next > time else { return 0 }
        let (milliseconds, rest) = (next.nanoseconds - time.nanoseconds).quotientAndRemainder(dividingBy: 1_000_000)
        return Int32(clamping: milliseconds + (rest > 0 ? 1 : 0))
    }
}

/// Work done once in each iteration of a loop, before it sleeps: driving a C library.
public protocol TurnHook: AnyObject {
    func turn()
}

/// The maximum of recently recorded durations. Reading has no side effects, so all readers see the same.
///
/// The window is divided into slots that expire one after the other: a recorded duration is visible for at least
/// `(slots - 1) * slotLength` and at most `slots * slotLength`.
public struct RecentMaximum: Sendable {
    /// Covers the longest usual scrape interval.
    public static let slotLength = Duration.seconds(10)
    public static let slots = 7

    private var maxima = InlineArray<7, Duration>(repeating: .zero)
    private var current = 0
    /// When the current slot ends.
    private var end: Instant

    public init(now: Instant) { end = now + Self.slotLength }

    /// - Parameter now: must not go back.
    public mutating func note(_ value: Duration, now: Instant) {
        if now >= end { advance(now) }
        if value > maxima[current] { maxima[current] = value }
    }

    /// The maximum recorded within the window before `now`.
    public func value(now: Instant) -> Duration {
        var copy = self
        if now >= copy.end { copy.advance(now) }
        var greatest = Duration.zero
        for index in copy.maxima.indices { greatest = max(greatest, copy.maxima[index]) }
        return greatest
    }

    private mutating func advance(_ now: Instant) {
        var passed = 0
        while now >= end, passed < Self.slots {
            passed += 1
            current = (current + 1) % Self.slots
            maxima[current] = .zero
            end = end + Self.slotLength
        }
        // Nothing for longer than the window: start over from here.
        if now >= end { end = now + Self.slotLength }
    }
}
