public import Wire

/// A request's method (RFC 9110 section 9). Case-sensitive.
public enum UpstreamMethod: Hashable, Sendable {
    case get, head, post, put, delete, patch, options
    case other(String)

    /// - Returns: nil if it is not a token, and for CONNECT and TRACE, which are not forwarded.
    public init?(_ token: String) {
        switch token {
        case "GET": self = .get
        case "HEAD": self = .head
        case "POST": self = .post
        case "PUT": self = .put
        case "DELETE": self = .delete
        case "PATCH": self = .patch
        case "OPTIONS": self = .options
        case "CONNECT", "TRACE", "": return nil
        default:
            for byte in token.utf8 where !byte.isTokenCharacter { return nil }
            self = .other(token)
        }
    }

    public var token: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .other(let token): token
        }
    }
}

/// How long an exchange with an upstream may take. The time for connecting is the target's (`UpstreamTarget.connectTimeout`).
public struct UpstreamLimits: Hashable, Sendable {
    /// The deadline of the exchange in any state.
    public var total: Instant
    /// From the end of the request to the response's head.
    public var firstByte: Duration?
    /// How long a response, or a request's content, may stall. Time during which the upstream waits for us is
    /// not counted.
    public var stall: Duration?

    public init(total: Instant, firstByte: Duration? = nil, stall: Duration? = nil) {
        self.total = total
        self.firstByte = firstByte
        self.stall = stall
    }

    public static let none = UpstreamLimits(total: .distantFuture)

    /// The limit that passed.
    public enum Kind: String, Sendable, CaseIterable { case connect, firstByte, stall, total }
}

/// Timings and sizes of an exchange with an upstream.
public struct UpstreamTimings: Hashable, Sendable {
    /// Durations of dialling, as measured by libcurl: from its start to a TCP connection, and of TLS. Zero if a connection was
    /// reused.
    public var connect: Duration = .zero
    public var tls: Duration = .zero
    /// From the start of the exchange to the first byte of the response; zero before that.
    public var firstByte: Duration = .zero
    /// Whether a connection was reused.
    public var isReused = false
    /// Bytes of the request accepted by the kernel or TLS: head, content and framing.
    public var bytesSent = 0
    /// Received bytes of the response: head, content and framing.
    public var bytesReceived = 0

    public init() {}
}
