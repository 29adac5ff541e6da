/// What is counted for a worker, whatever the tenant.
public enum WorkerCounter: Int, Sendable, CaseIterable {
    /// Connections that callers made.
    case clientConnections
    /// Connections that were closed at once, because there were too many.
    case clientConnectionsRefused
    case clientHandshakes
    case clientHandshakeFailures
    /// Connections that were cut before their handshake, because too many were under way.
    case clientHandshakesRefused
    /// Connections that were made to upstreams.
    case upstreamConnections
    case upstreamHandshakes
    case upstreamHandshakeFailures
    // Requests that were turned away because the gateway was at its own limits, by what was short.
    case shedForRequests
    case shedForMemory
    case shedForDescriptors
    case shedForEventLoop

    static let count = 12
}
