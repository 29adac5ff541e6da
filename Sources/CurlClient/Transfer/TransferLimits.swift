public import Wire

/// How long a transfer may take. The time for connecting is the target's (`UpstreamTarget.connectTimeout`).
public struct TransferLimits: Hashable, Sendable {
    /// When the transfer must be over, whatever it is doing.
    public var total: Instant
    /// From the request sent to the answer's head.
    public var firstByte: Duration?
    /// How long an answer, or a request body, under way may stand still. Time during which the other side waits for us is not
    /// counted.
    public var stall: Duration?

    public init(total: Instant, firstByte: Duration? = nil, stall: Duration? = nil) {
        self.total = total
        self.firstByte = firstByte
        self.stall = stall
    }

    public static let none = TransferLimits(total: .distantFuture)

    /// Which limit passed.
    public enum Kind: String, Sendable, CaseIterable { case connect, firstByte, stall, total }
}
