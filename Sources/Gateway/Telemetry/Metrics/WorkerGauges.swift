/// What a worker has at the moment that its numbers are asked for.
public struct WorkerGauges: Sendable {
    /// Connections of callers that are open.
    public var clientConnections = 0
    /// Connections to upstreams that are open, idle ones included.
    public var upstreamConnections = 0
    /// The longest turn of the event loop within the last minute: how late the loop was at worst.
    public var longestTurn: Duration = .zero

    public init(clientConnections: Int = 0, upstreamConnections: Int = 0, longestTurn: Duration = .zero) {
        self.clientConnections = clientConnections
        self.upstreamConnections = upstreamConnections
        self.longestTurn = longestTurn
    }

    /// Sums of two workers; of their turns the longer one.
    mutating func merge(_ other: WorkerGauges) {
        clientConnections += other.clientConnections
        upstreamConnections += other.upstreamConnections
        longestTurn = max(longestTurn, other.longestTurn)
    }
}
