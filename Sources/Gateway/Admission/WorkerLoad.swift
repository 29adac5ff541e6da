import Network
import Policy
import Synchronization
import Wire

/// One worker's part in the load of the process, and its decision whether to take more.
struct WorkerLoad {
    let gauge: LoadGauge
    private var shedder: LoadShedder
    /// Upstream sockets of this worker, as the gauge knows them.
    private var upstreamSockets = 0

    init(_ gauge: LoadGauge, _ limits: LoadShedder.Limits) {
        self.gauge = gauge
        shedder = LoadShedder(limits)
    }

    /// - Returns: what is short, if the request is to be turned away.
    mutating func shortage(
        loopDelay: Duration, upstreamSockets: Int, _ claim: () -> LoadShedder.Claim
    ) -> (LoadShedder.Resource, AdmissionRefusal)? {
        if upstreamSockets != self.upstreamSockets {
            gauge.add(upstreamSockets: upstreamSockets - self.upstreamSockets)
            self.upstreamSockets = upstreamSockets
        }
        var load = LoadShedder.Load()
        load.requests = gauge.requests
        load.bufferedBytes = gauge.heldBytes
        load.descriptors = gauge.descriptors
        load.loopDelay = loopDelay
        guard let refusal = shedder.admit(load, claim()), let resource = shedder.shortage else { return nil }
        return (resource, refusal)
    }
}

/// How the descriptors that the process may have open are shared out.
struct DescriptorBudget: Equatable {
    /// With fewer there would be nothing to serve with.
    static let least = 128
    /// For files, logs, listeners and the admin listener.
    private static let own = 64

    let limit: Int

    var isEnough: Bool { limit >= Self.least }

    /// Sockets of both sides.
    var sockets: Int { max(limit - Self.own, 1) }

    /// Connections of callers: a quarter of the sockets is for upstreams.
    var connections: Int { max(sockets - sockets / 4, 1) }
}

extension LoadShedder.Limits {
    init(_ limits: LimitSettings, _ descriptors: DescriptorBudget) {
        // The last tenth is for those who are shed last.
        self.init(
            requests: limits.requests, bufferedBytes: limits.memory, descriptors: max(descriptors.sockets / 11 * 10, 1),
            loopDelay: limits.loopDelay)
    }
}

extension WorkerCounter {
    init(shedFor resource: LoadShedder.Resource) {
        self =
            switch resource {
            case .requests: .shedForRequests
            case .memory: .shedForMemory
            case .descriptors: .shedForDescriptors
            case .loop: .shedForEventLoop
            }
    }
}

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

/// One request's part in the load of the process, counted while this object lives.
final class LoadShare {
    /// Less is not worth the counting.
    private static let small = 4 << 10
    /// What the buffers between the two sides of a streamed body hold at most: 64 KiB each way, and a piece on its way.
    static let stream = 160 << 10

    private let gauge: LoadGauge
    private var counted = 0

    init(_ gauge: LoadGauge) {
        self.gauge = gauge
        gauge.requestBegan()
    }

    deinit {
        gauge.requestEnded()
        if counted != 0 { gauge.add(heldBytes: -counted) }
    }

    /// Counts what is held of the request's content, and of its response's, from now on.
    func count(_ bytes: Int) {
        let bytes = bytes < Self.small ? 0 : bytes
        guard bytes != counted else { return }
        gauge.add(heldBytes: bytes - counted)
        counted = bytes
    }
}
