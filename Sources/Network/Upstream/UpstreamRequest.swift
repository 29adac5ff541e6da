public import Wire

/// A request's method (RFC 9110 section 9). Case-sensitive.
public enum UpstreamMethod: Hashable, Sendable {
    case get, head, post, put, delete, patch, options
    case other(String)

    /// - Returns: nil for what is not a token, and for CONNECT and TRACE, which no gateway forwards.
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
    /// When the exchange must be over, whatever it is doing.
    public var total: Instant
    /// From the request sent to the response's head.
    public var firstByte: Duration?
    /// How long a response, or a request's content, under way may stand still. Time during which the upstream waits for us is
    /// not counted.
    public var stall: Duration?

    public init(total: Instant, firstByte: Duration? = nil, stall: Duration? = nil) {
        self.total = total
        self.firstByte = firstByte
        self.stall = stall
    }

    public static let none = UpstreamLimits(total: .distantFuture)

    /// Which limit passed.
    public enum Kind: String, Sendable, CaseIterable { case connect, firstByte, stall, total }
}

/// How an exchange with an upstream went.
public struct UpstreamTimings: Hashable, Sendable {
    /// What dialling took, as libcurl measured it: from its start to an address, to a TCP connection, and TLS alone. Zero where an open
    /// connection was used again.
    public var nameLookup: Duration = .zero
    public var connect: Duration = .zero
    public var tls: Duration = .zero
    /// From the start of the exchange to the first byte of the response; zero before it arrived.
    public var firstByte: Duration = .zero
    /// Whether an open connection was used again.
    public var isReused = false
    /// Bytes of the request that the kernel or TLS took: head, content and framing.
    public var bytesSent = 0
    /// Bytes of the response that arrived: head, content and framing.
    public var bytesReceived = 0

    public init() {}
}
