import Wire

extension Deadline.Limit {
    /// What was being waited for, as the subject of a sentence.
    public var subject: String {
        switch self {
        case .queue: "waiting for a free slot under the tenant's concurrency limit"
        case .token: "waiting for a bearer token"
        case .connect: "connecting to the upstream"
        case .firstByte: "waiting for the first byte of the upstream's answer"
        case .stall: "waiting for the rest of the upstream's answer"
        case .total: "the whole exchange"
        }
    }

    /// The error type of `Proxy-Status` (RFC 9209 section 2.3).
    var proxyError: String {
        switch self {
        case .queue, .token: "destination_unavailable"
        case .connect: "connection_timeout"
        case .firstByte, .total: "http_response_timeout"
        case .stall: "connection_read_timeout"
        }
    }

    /// Whether a request whose wait ended here never left the gateway.
    public var isBeforeSending: Bool { self == .queue || self == .token || self == .connect }
}

extension Duration {
    /// For people: `130 s`, `0.5 s`, `250 ms`.
    var text: String {
        let milliseconds = nanoseconds / 1_000_000
        if milliseconds % 1000 == 0 { return "\(milliseconds / 1000) s" }
        return milliseconds < 1000 ? "\(milliseconds) ms" : "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }
}
