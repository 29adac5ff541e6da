import Network
import Synchronization

/// What the process as a whole has under way, on all workers: what `LoadShedder` goes by.
final class LoadGauge: Sendable {
    private let requestCount = Atomic<Int>(0)
    private let total = Atomic<Int>(0)
    /// Bytes of bodies, and of input that is not handled yet.
    let memory = MemoryGauge()
    private let upstreamSockets = Atomic<Int>(0)
    private let connections: ConnectionGauge

    /// - Parameter connections: counts the connections of callers.
    init(connections: ConnectionGauge) { self.connections = connections }

    /// Requests under way or waiting.
    var requests: Int { requestCount.load(ordering: .relaxed) }
    /// Requests that have come so far.
    var totalRequests: Int { total.load(ordering: .relaxed) }
    /// Bytes held for callers.
    var heldBytes: Int { memory.used }
    /// Sockets of both sides.
    var descriptors: Int { connections.value + upstreamSockets.load(ordering: .relaxed) }

    func requestBegan() {
        requestCount.add(1, ordering: .relaxed)
        total.add(1, ordering: .relaxed)
    }

    func requestEnded() { requestCount.subtract(1, ordering: .relaxed) }
    func add(heldBytes change: Int) { memory.add(change) }
    func add(upstreamSockets change: Int) { upstreamSockets.add(change, ordering: .relaxed) }
}
