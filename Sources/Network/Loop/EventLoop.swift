import CLinux
import Glibc
import Synchronization

/// One thread's executor: it runs Swift jobs, and when it has none it lets its `Reactor` wait for the kernel.
///
/// The loop itself knows nothing of sockets: it is a queue of jobs and a way to wake a sleeping thread, which is all that other
/// threads may touch. An actor whose `unownedExecutor` is an `EventLoop` runs on that loop's thread and on no other.
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

    /// - Throws: `SystemError` when the process has no descriptor left.
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
            // Both are named, so that a task that prefers this loop finds itself at home at each hop and is not queued anew.
            for job in batch { unsafe job.runSynchronously(isolatedTo: executor, taskExecutor: preference) }
            batch.removeAll(keepingCapacity: true)
            if isStopped { break }
            turn()
        }
        owner.store(0, ordering: .relaxed)
    }

    /// Ends `run` after the jobs that are already queued. May be called from any thread.
    public func stop() {
        queue.withLock {
            $0.isStopped = true
            $0.isAsleep = false
        }
        wake()
    }

    /// Declares the loop asleep, unless there is work to do.
    /// - Returns: whether it may sleep.
    func prepareToSleep() -> Bool {
        queue.withLock { queue in
            queue.isAsleep = queue.jobs.isEmpty && !queue.isStopped
            return queue.isAsleep
        }
    }

    /// Ends the sleep that `prepareToSleep` declared, so that jobs queued from the loop's own thread need no wake-up.
    func wokeUp() {
        queue.withLock { $0.isAsleep = false }
    }

    private func wake() {
        var one: UInt64 = 1
        // A full counter (EAGAIN) is a wake-up already on its way.
        _ = unsafe write(wakeDescriptor, &one, 8)
    }
}

/// An actor that lives on an event loop and owns everything of that loop's thread. Its non-Sendable parts (connections, timers,
/// libcurl handles) are reached by straight-line code on one thread: no lock, no hop.
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

    /// Runs the loop on a thread of its own until `loop.stop()`.
    /// - Parameter name: shown by ps(1) and top(1), at most 15 bytes.
    /// - Throws: `SystemError` when no thread can be made.
    public nonisolated func start(name: String) throws(SystemError) {
        try Thread.start(name: name) { self.run() }
    }

    /// Lets the reactor start tasks on this actor. To be called once, before anything is spawned.
    public func bindReactor() {
        let loop = loop
        reactor.bind {
            // The preference matters: a continuation is resumed by way of the generic executor, which without it is the global
            // thread pool. Each resumption would change threads twice.
            Task(executorPreference: loop) { await self.runSpawned() }
        }
    }

    /// Runs the operation that has waited longest. A new task may carry the actor but not what the actor owns, so the operation
    /// waits in the reactor until the task is on the actor.
    private func runSpawned() async {
        if let operation = reactor.takeSpawned() { await operation() }
    }
}
