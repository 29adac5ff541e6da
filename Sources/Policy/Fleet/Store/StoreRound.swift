/// Tries the configured addresses of the store (its server, its sentinels, or some nodes of its cluster) in turn, beginning with the one
/// that worked last.
public struct StoreRound: Sendable {
    private var addresses: [StoreAddress]
    private var tried = 0
    /// Why none of the addresses of this round has worked so far: a refusal says more than an address without a server.
    public private(set) var loss = StoreHealth.Loss.unreachable

    public init(_ addresses: [StoreAddress]) { self.addresses = addresses }

    /// Begins another round.
    public mutating func begin() {
        tried = 0
        loss = .unreachable
    }

    /// The next address; nil after the last one.
    public mutating func next() -> StoreAddress? {
        guard tried < addresses.count else { return nil }
        tried += 1
        return addresses[tried - 1]
    }

    /// The address that `next` returned did not lead to the store.
    public mutating func failed(_ cause: StoreHealth.Loss) {
        if loss == .unreachable || loss == .slow && cause != .unreachable { loss = cause }
    }

    /// It did: the next round begins with it.
    public mutating func succeeded() {
        guard tried > 0 else { return }
        addresses.insert(addresses.remove(at: tried - 1), at: 0)
        tried = 1
    }
}
