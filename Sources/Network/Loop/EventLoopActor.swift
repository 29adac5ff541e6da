import CLinux
import Glibc

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
        loop.run { self.assumeIsolated { $0.reactor.turn() } }
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
