/// Why a request got no answer, or not the whole of it.
public struct TransferFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public let kind: Kind
    /// For people: what libcurl or its TLS library said. Names hosts, never a header, a path or a secret.
    public let message: String
    /// Whether a part of the request may have gone out, so that the other side may have acted on it.
    public let mayHaveReachedUpstream: Bool
    /// Whether it went over a connection that had been used before: then a `reset` before any byte of the answer says only that
    /// the other side had closed it meanwhile.
    public let onReusedConnection: Bool
    /// Whether a part of an answer came.
    public let receivedAnyByte: Bool

    public enum Kind: Hashable, Sendable {
        /// The host's name (or the proxy's) has no address.
        case unresolved
        case connectionRefused
        /// No route, or another failure to connect.
        case unreachable
        /// The proxy refused the tunnel, with this status; 0 if it spoke nothing sensible.
        case proxyRefused(Int)
        case tls(TLSFault)
        /// A certificate, key or CA file of ours cannot be used.
        case badCredentialFile
        /// The connection broke before any byte of the answer.
        case reset
        /// The answer began and was cut off: closed or reset before its announced end.
        case truncated
        /// What came is no HTTP answer.
        case protocolError
        /// The answer's head is too large, or has too many fields.
        case headTooLarge
        case timedOut(TransferLimits.Kind)
        /// By us: `CurlTransfer.cancel`.
        case cancelled
        /// The request's content did not come, or not as announced.
        case requestIncomplete
        /// The request cannot be expressed: nothing was sent.
        case invalidRequest
        /// No memory, no descriptor, or a fault in libcurl.
        case internalError
    }

    public enum TLSFault: String, Sendable, CaseIterable {
        case certificateExpired, certificateNotYetValid, certificateRevoked, wrongHost, unknownAuthority, otherCertificate
        /// No protocol version in common.
        case protocolVersion
        /// The other side wants a client certificate, or not this one.
        case clientCertificate
        /// The handshake failed for another reason; perhaps the other side does not speak TLS.
        case handshake
    }

    public var description: String { message }
}
