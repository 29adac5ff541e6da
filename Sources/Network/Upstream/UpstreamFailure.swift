public import Wire

/// Why an upstream request got no response, or an incomplete one.
public struct UpstreamFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public let kind: Kind
    /// The message of libcurl or its TLS library. Names hosts, never a header, a path or a secret.
    public let message: String
    /// Whether a byte of the request may have been sent, so that the upstream may have acted on it. False is certain.
    public let mayHaveReachedUpstream: Bool
    /// Whether it used a reused connection: then a `reset` before any byte of the response only means
    /// that the upstream had closed it in the meantime.
    public let onReusedConnection: Bool
    /// Whether a part of a response was received.
    public let receivedAnyByte: Bool

    public enum Kind: Hashable, Sendable {
        /// The host's name (or the proxy's) has no address.
        case unresolved
        case connectionRefused
        /// No route, or another failure to connect.
        case unreachable
        /// The proxy refused the tunnel, with this status; 0 if it sent no valid response.
        case proxyRefused(Int)
        case tls(TLSFault)
        /// One of our certificate, key or CA files cannot be used.
        case badCredentialFile
        /// The connection broke before any byte of the response.
        case reset
        /// The response was truncated: closed or reset before its announced end.
        case truncated
        /// The response violates HTTP.
        case invalidResponse(ResponseFault.Kind)
        case timedOut(UpstreamLimits.Kind)
        /// Cancelled with `UpstreamExchange.cancel`.
        case cancelled
        /// The request's content was not received, or not as announced.
        case requestIncomplete
        /// The request cannot be encoded: nothing was sent.
        case invalidRequest
        /// Out of memory or descriptors, or an error in libcurl.
        case internalError
    }

    public enum TLSFault: String, Sendable, CaseIterable {
        case certificateExpired, certificateNotYetValid, certificateRevoked, wrongHost, unknownAuthority, otherCertificate
        /// No protocol version in common.
        case protocolVersion
        /// The upstream requires a client certificate, or rejects the one it got.
        case clientCertificate
        /// The handshake failed for another reason; perhaps the upstream does not use TLS.
        case handshake
    }

    /// - Parameter message: the library's message; nil for the kind's default text.
    init(
        _ kind: Kind, message: String? = nil, mayHaveReachedUpstream: Bool = false, onReusedConnection: Bool = false,
        receivedAnyByte: Bool = false
    ) {
        self.kind = kind
        self.message = message.flatMap { $0.isEmpty ? nil : $0 } ?? kind.text
        self.mayHaveReachedUpstream = mayHaveReachedUpstream
        self.onReusedConnection = onReusedConnection
        self.receivedAnyByte = receivedAnyByte
    }

    /// The response was meant for another request.
    public static func foreignResponse(_ message: String, onReusedConnection: Bool) -> UpstreamFailure {
        UpstreamFailure(
            .invalidResponse(.protocolError), message: message, mayHaveReachedUpstream: true,
            onReusedConnection: onReusedConnection, receivedAnyByte: true)
    }

    public var description: String { message }

    /// An explanation for callers: the kind in words, and the library's message. Does not name the gateway's files.
    public var explanation: String {
        kind == .badCredentialFile || message == kind.text ? kind.text : "\(kind.text) (\(message))"
    }
}

extension UpstreamFailure.Kind {
    /// The meaning of the kind.
    var text: String {
        switch self {
        case .unresolved: "the host name cannot be resolved"
        case .connectionRefused: "connection refused"
        case .unreachable: "the host cannot be reached"
        case .proxyRefused(let status):
            status == 0 ? "the proxy refused the tunnel" : "the proxy refused the tunnel with \(status)"
        case .tls(let fault): fault.text
        case .badCredentialFile: "a certificate, key or CA file cannot be used"
        case .reset: "the connection was closed before any byte of the response"
        case .truncated: "the response was truncated"
        case .invalidResponse(.headTooLarge), .invalidResponse(.lineTooLong): "the response's head is too large"
        case .invalidResponse: "the response is not valid HTTP"
        case .timedOut(.connect): "connecting timed out"
        case .timedOut(.firstByte): "no response in time"
        case .timedOut(.stall): "the transfer stalled for too long"
        case .timedOut(.total): "no complete response in time"
        case .cancelled: "the gateway gave up the request"
        case .requestIncomplete: "the request's content is incomplete"
        case .invalidRequest: "the request cannot be sent"
        case .internalError: "the request failed inside the gateway"
        }
    }

    /// The `error` parameter of `Proxy-Status` (RFC 9209 section 2.3).
    public var proxyStatusError: String {
        switch self {
        case .unresolved: "dns_error"
        case .connectionRefused: "connection_refused"
        case .unreachable: "destination_ip_unroutable"
        case .proxyRefused: "destination_unavailable"
        case .tls(let fault): fault.proxyStatusError
        case .badCredentialFile, .internalError, .invalidRequest: "proxy_internal_error"
        case .reset: "connection_terminated"
        case .truncated: "http_response_incomplete"
        case .invalidResponse(let kind): "\(kind.proxyStatusError)"
        case .timedOut(.connect): "connection_timeout"
        case .timedOut(.firstByte), .timedOut(.total): "http_response_timeout"
        case .timedOut(.stall): "connection_read_timeout"
        case .cancelled: "proxy_internal_response"
        case .requestIncomplete: "http_request_error"
        }
    }
}

extension UpstreamFailure.TLSFault {
    var text: String {
        switch self {
        case .certificateExpired: "the upstream's certificate has expired"
        case .certificateNotYetValid: "the upstream's certificate is not valid yet"
        case .certificateRevoked: "the upstream's certificate is revoked"
        case .wrongHost: "the upstream's certificate is for another host"
        case .unknownAuthority: "the upstream's certificate is from an unknown authority"
        case .otherCertificate: "the upstream's certificate cannot be verified"
        case .protocolVersion: "no TLS version in common with the upstream"
        case .clientCertificate: "the upstream requires a client certificate, or rejects the one it got"
        case .handshake: "the TLS handshake failed"
        }
    }

    var proxyStatusError: String {
        switch self {
        case .certificateExpired, .certificateNotYetValid, .certificateRevoked, .wrongHost, .unknownAuthority, .otherCertificate:
            "tls_certificate_error"
        case .protocolVersion, .handshake: "tls_protocol_error"
        case .clientCertificate: "tls_alert_received"
        }
    }
}
