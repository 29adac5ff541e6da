extension TransferFailure {
    /// What happened, fit for a caller: the kind in words, and what the library said. Names none of the gateway's own files.
    public var explanation: String {
        kind == .badCredentialFile || message == kind.text ? kind.text : "\(kind.text) (\(message))"
    }
}

extension TransferFailure.Kind {
    /// What the kind means, where libcurl has nothing to say.
    var text: String {
        switch self {
        case .unresolved: "the host name cannot be resolved"
        case .connectionRefused: "connection refused"
        case .unreachable: "the host cannot be reached"
        case .proxyRefused(let status):
            status == 0 ? "the proxy refused the tunnel" : "the proxy refused the tunnel with \(status)"
        case .tls(let fault): fault.text
        case .badCredentialFile: "a certificate, key or CA file cannot be used"
        case .reset: "the connection was closed before any byte of the answer"
        case .truncated: "the answer was cut off before its end"
        case .protocolError: "the answer is not valid HTTP"
        case .headTooLarge: "the answer's head is too large"
        case .timedOut(.connect): "no connection in time"
        case .timedOut(.firstByte): "no answer in time"
        case .timedOut(.stall): "the transfer stood still for too long"
        case .timedOut(.total): "no complete answer in time"
        case .cancelled: "cancelled"
        case .requestIncomplete: "the request's content is incomplete"
        case .invalidRequest: "the request cannot be sent"
        case .internalError: "the transfer failed inside the gateway"
        }
    }

    /// The `error` parameter of `Proxy-Status` (RFC 9209 section 2.3).
    public var proxyStatusError: String {
        switch self {
        case .unresolved: "dns_error"
        case .connectionRefused: "connection_refused"
        case .unreachable: "destination_unavailable"
        case .proxyRefused: "destination_unavailable"
        case .tls(let fault): fault.proxyStatusError
        case .badCredentialFile, .internalError, .invalidRequest: "proxy_internal_error"
        case .reset: "connection_terminated"
        case .truncated: "http_response_incomplete"
        case .protocolError: "http_protocol_error"
        case .headTooLarge: "http_response_header_section_size"
        case .timedOut(.connect): "connection_timeout"
        case .timedOut(.firstByte), .timedOut(.total): "http_response_timeout"
        case .timedOut(.stall): "connection_read_timeout"
        case .cancelled: "proxy_internal_response"
        case .requestIncomplete: "http_request_error"
        }
    }
}

extension TransferFailure.TLSFault {
    var text: String {
        switch self {
        case .certificateExpired: "the upstream's certificate has expired"
        case .certificateNotYetValid: "the upstream's certificate is not valid yet"
        case .certificateRevoked: "the upstream's certificate is revoked"
        case .wrongHost: "the upstream's certificate is for another host"
        case .unknownAuthority: "the upstream's certificate is from an unknown authority"
        case .otherCertificate: "the upstream's certificate cannot be verified"
        case .protocolVersion: "no TLS version in common with the upstream"
        case .clientCertificate: "the upstream refuses the client certificate, or wants one"
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
