import Network
import Policy
import Wire

/// One worker's part in the load of the process, and its decision whether to take more.
struct WorkerLoad {
    private let gauge: LoadGauge
    private var shedder: LoadShedder
    /// Upstream sockets of this worker, as the gauge knows them.
    private var upstreamSockets = 0

    init(_ gauge: LoadGauge, _ limits: LoadShedder.Limits) {
        self.gauge = gauge
        shedder = LoadShedder(limits)
    }

    /// - Returns: what is short, if the request is to be turned away.
    mutating func shortage(
        loopDelay: Duration, upstreamSockets: Int, _ claim: @autoclosure () -> LoadShedder.Claim
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

    func begin() { gauge.requestBegan() }

    /// - Parameter heldBytes: what the request is still counted with.
    func end(heldBytes: Int) {
        gauge.requestEnded()
        if heldBytes != 0 { gauge.add(heldBytes: -heldBytes) }
    }

    func held(_ bytes: Int, before: Int) { gauge.add(heldBytes: bytes - before) }
}

extension LoadShedder.Limits {
    /// - Parameter descriptors: what the process may have open.
    init(_ limits: LimitSettings, descriptors: Int) {
        // Some are for files, logs and the admin listener, and the last tenth is for those who are shed last.
        let sockets = Double(max(descriptors - 64, 1)) / 1.1
        self.init(
            requests: limits.requests, bufferedBytes: limits.memory, descriptors: max(Int(sockets), 1),
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
