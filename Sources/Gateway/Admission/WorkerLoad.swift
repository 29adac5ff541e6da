import Network
import Policy
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
