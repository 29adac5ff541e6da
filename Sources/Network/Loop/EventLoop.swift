import CLinux
import Glibc
import Synchronization

/// One thread's executor: it runs Swift jobs, and when idle lets its `Reactor` wait for the kernel.
///
/// The loop itself does not handle sockets: it is a queue of jobs and a way to wake a sleeping thread, the only parts that other
/// threads may use. An actor whose `unownedExecutor` is an `EventLoop` runs on that loop's thread only.
public final class EventLoop: SerialExecutor, TaskExecutor {
    private struct Queue {
        var jobs: [UnownedJob] = []
        var isAsleep = false
        var isStopped = false
    }

    private let queue = Mutex(Queue())
    private let owner = Atomic<UInt>(0)
    /// An eventfd(2) that becomes readable when another thread has put a job into an idle loop's queue.
    let wakeDescriptor: Int32

    /// - Throws: `SystemError` if the process has no descriptor left.
    public init() throws(SystemError) {
        wakeDescriptor = eventfd(0, zg_efd_flags)
        if wakeDescriptor < 0 { throw SystemError("eventfd") }
    }

    deinit { close(wakeDescriptor) }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustWake = queue.withLock { queue in
            queue.jobs.append(job)
            defer { queue.isAsleep = false }
            return queue.isAsleep
        }
        if mustWake { wake() }
    }

    /// Whether the calling thread is the loop's.
    public var isCurrent: Bool { owner.load(ordering: .relaxed) == UInt(pthread_self()) }

    /// Lets `assumeIsolated` succeed outside a Swift job, where libcurl's and epoll's callbacks run.
    public func checkIsolated() {
        precondition(isCurrent, "called off the event loop's thread")
    }

    public func isIsolatingCurrentContext() -> Bool? { isCurrent }

    /// Makes the calling thread the loop's, before `run`.
    func claim() { owner.store(UInt(pthread_self()), ordering: .relaxed) }

    /// Runs jobs on the calling thread, which has claimed the loop, until `stop`. `turn` is called between batches: it handles what the
    /// kernel has to say and may sleep if `prepareToSleep` allows it.
    func run(turn: () -> Void) {
        let executor = unsafe asUnownedSerialExecutor()
        let preference = unsafe asUnownedTaskExecutor()
        var batch: [UnownedJob] = []
        while true {
            let isStopped = queue.withLock { queue in
                swap(&queue.jobs, &batch)
                return queue.isStopped
            }
            // Both are given, so that a task that prefers this loop is not queued again at each hop.
            for job in batch { unsafe job.runSynchronously(isolatedTo: executor, taskExecutor: preference) }
            batch.removeAll(keepingCapacity: true)
            if isStopped { break }
            turn()
        }
        owner.store(0, ordering: .relaxed)
    }

    /// Ends `run` after already queued jobs. May be called from any thread.
    public func stop() {
        queue.withLock {
            $0.isStopped = true
            $0.isAsleep = false
        }
        wake()
    }

    /// Marks the loop as asleep, unless there is work to do.
    /// - Returns: whether it may sleep.
    func prepareToSleep() -> Bool {
        queue.withLock { queue in
            queue.isAsleep = queue.jobs.isEmpty && !queue.isStopped
            return queue.isAsleep
        }
    }

    /// Ends the sleep begun by `prepareToSleep`, so that jobs queued from the loop's own thread need no wake-up.
    func wokeUp() {
        queue.withLock { $0.isAsleep = false }
    }

    private func wake() {
        var one: UInt64 = 1
        // A full counter (EAGAIN) means a pending wake-up.
        _ = unsafe write(wakeDescriptor, &one, 8)
    }
}

/// An actor that runs on an event loop and owns the state of that loop's thread. Its non-Sendable parts (connections, timers,
/// libcurl handles) are used by code on one thread only: no locks, no hops.
///
/// A conforming actor declares its executor itself:
///
///     nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
public protocol EventLoopActor: Actor {
    nonisolated var loop: EventLoop { get }
    var reactor: Reactor { get }
}

extension EventLoopActor {
    /// Runs the loop on the calling thread until `loop.stop()`.
    public nonisolated func run() {
        loop.claim()
        // Once for all turns: it allocates.
        assumeIsolated { actor in
            let reactor = actor.reactor
            actor.loop.run { reactor.turn() }
        }
    }

    /// Runs the loop on a new thread until `loop.stop()`.
    /// - Parameter name: shown by ps(1) and top(1), at most 15 bytes.
    /// - Throws: `SystemError` if no thread can be created.
    public nonisolated func start(name: String) throws(SystemError) {
        try Thread.start(name: name) { self.run() }
    }

    /// Lets the reactor start tasks on this actor. Must be called once, before anything is spawned.
    public func bindReactor() {
        let loop = loop
        reactor.bind {
            // The preference is needed: a continuation is resumed through the generic executor, which without it is the global
            // thread pool, so that each resumption would switch threads twice.
            Task(executorPreference: loop) { await self.runSpawned() }
        }
    }

    /// Runs the oldest waiting operation. A new task may capture the actor but not the actor's state, so the operation
    /// is stored in the reactor until the task runs on the actor.
    private func runSpawned() async {
        if let operation = reactor.takeSpawned() { await operation() }
    }
}
