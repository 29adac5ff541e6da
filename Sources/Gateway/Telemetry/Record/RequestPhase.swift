/// The parts of a request's time that are measured.
public enum RequestPhase: Int, Sendable, CaseIterable {
    /// Waiting for a slot of the tenant.
    case queue
    /// Waiting for a token.
    case token
    /// Making a connection, TLS included. Absent when a pooled one was taken.
    case connect
    /// From the request's last attempt to the first byte of its answer.
    case firstByte
    /// From the head's last byte to the answer's last.
    case total

    static let count = 5

    /// As it is called in metrics.
    var label: StaticString {
        switch self {
        case .queue: "queue"
        case .token: "token"
        case .connect: "connect"
        case .firstByte: "first_byte"
        case .total: "total"
        }
    }

    /// As it is called in the access log, comma and colon included.
    var member: StaticString {
        switch self {
        case .queue: ",\"queue_ms\":"
        case .token: ",\"token_ms\":"
        case .connect: ",\"connect_ms\":"
        case .firstByte: ",\"first_byte_ms\":"
        case .total: ",\"total_ms\":"
        }
    }
}
