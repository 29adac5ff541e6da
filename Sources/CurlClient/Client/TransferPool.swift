/// Idle transfers of one target.
final class TransferPool {
    /// Held so that its identity stays its own.
    let target: UpstreamTarget
    private let capacity: Int
    private var idle: [CurlTransfer] = []

    init(target: UpstreamTarget, capacity: Int) {
        self.target = target
        self.capacity = capacity
    }

    func lend() -> CurlTransfer? { idle.popLast() }

    func take(_ transfer: CurlTransfer) {
        if idle.count < capacity { idle.append(transfer) }
    }
}
