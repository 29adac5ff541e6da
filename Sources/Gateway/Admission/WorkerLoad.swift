import CLinux
import Network
import Policy
import Synchronization
import Wire

/// One worker's share of the load of the process, and its decision whether to accept more.
struct WorkerLoad {
    let gauge: LoadGauge
    private var shedder: LoadShedder
    /// Upstream sockets of this worker that the gauge has counted.
    private var upstreamSockets = 0

    init(_ gauge: LoadGauge, _ limits: LoadShedder.Limits) {
        self.gauge = gauge
        shedder = LoadShedder(limits)
    }

    /// - Returns: the exhausted resource if the request is to be shed.
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

/// How the process's file descriptors are divided.
struct DescriptorBudget: Equatable {
    /// The minimum for serving requests.
    static let least = 128
    /// For files, logs, listeners and the admin listener.
    private static let own = 64

    let limit: Int

    /// What this process may open. Raises its soft limit to the hard one.
    static let ofProcess = DescriptorBudget(limit: Int(clamping: zg_raise_descriptor_limit()))

    var isEnough: Bool { limit >= Self.least }

    /// Sockets to callers and upstreams.
    var sockets: Int { max(limit - Self.own, 1) }

    /// Connections from callers: a quarter of the sockets is reserved for upstreams.
    var connections: Int { max(sockets - sockets / 4, 1) }

    /// Connections to the admin listener: half of what is the gateway's own, or more where there are many.
    var adminConnections: Int { min(max(Self.own / 2, limit / 32), 256) }
}

extension LoadShedder.Limits {
    init(_ limits: LimitSettings, _ descriptors: DescriptorBudget) {
        // The last tenth is for requests that are shed last.
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

/// The load of the whole process, on all workers: the input of `LoadShedder`.
final class LoadGauge: Sendable {
    private let requestCount = Atomic<Int>(0)
    /// Bytes of bodies and of unprocessed input.
    let memory = MemoryGauge()
    private let upstreamSockets = Atomic<Int>(0)
    private let connections: ConnectionGauge

    /// - Parameter connections: counts connections from callers.
    init(connections: ConnectionGauge) { self.connections = connections }

    /// Requests in flight or waiting.
    var requests: Int { requestCount.load(ordering: .relaxed) }
    /// Bytes buffered for callers.
    var heldBytes: Int { memory.used }
    /// Sockets to callers and upstreams.
    var descriptors: Int { connections.value + upstreamSockets.load(ordering: .relaxed) }

    func requestBegan() {
        requestCount.add(1, ordering: .relaxed)
    }

    func requestEnded() { requestCount.subtract(1, ordering: .relaxed) }
    func add(heldBytes change: Int) { memory.add(change) }
    func add(upstreamSockets change: Int) { upstreamSockets.add(change, ordering: .relaxed) }
}

/// One request's share of the load of the process, counted during this object's lifetime: its content is kept until the response has been
/// sent.
final class LoadShare {
    /// Smaller amounts are not counted.
    private static let small = 4 << 10
    /// The most that buffers between the two sides of a streamed body hold: 64 KiB each way, and a chunk in transit.
    static let stream = 160 << 10

    private let gauge: LoadGauge
    private var content = 0
    private var response = 0

    init(_ gauge: LoadGauge) {
        self.gauge = gauge
        gauge.requestBegan()
    }

    deinit {
        gauge.requestEnded()
        let counted = content + response
        if counted != 0 { gauge.add(heldBytes: -counted) }
    }

    /// Counts the buffered content of the request.
    func count(_ bytes: Int) {
        let bytes = bytes < Self.small ? 0 : bytes
        guard bytes != content else { return }
        gauge.add(heldBytes: bytes - content)
        content = bytes
    }

    /// Counts the buffers of a response: the largest so far.
    func countResponse(_ bytes: Int) {
        guard bytes >= Self.small, bytes > response else { return }
        gauge.add(heldBytes: bytes - response)
        response = bytes
    }
}
