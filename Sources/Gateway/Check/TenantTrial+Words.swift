public import Network
import Policy

extension UpstreamFailure {
    /// The kind in two or three words, for the cell of a table.
    public var brief: String {
        switch kind {
        case .tls(let fault): fault.brief
        case .unresolved: "unknown host"
        case .connectionRefused: "connection refused"
        case .unreachable: "unreachable"
        case .proxyRefused: "proxy refused"
        case .badCredentialFile: "bad certificate file"
        case .reset, .truncated: "connection broken"
        case .invalidResponse: "no valid HTTP"
        case .timedOut: "timed out"
        case .cancelled, .requestIncomplete, .invalidRequest, .internalError: "not possible"
        }
    }

    /// What happened, for whoever owns the gateway's files: names them, which `explanation` does not.
    public var fullExplanation: String { kind == .badCredentialFile ? message : explanation }
}

extension UpstreamFailure.TLSFault {
    fileprivate var brief: String {
        switch self {
        case .certificateExpired: "expired"
        case .certificateNotYetValid: "not valid yet"
        case .certificateRevoked: "revoked"
        case .wrongHost: "wrong host"
        case .unknownAuthority: "unknown CA"
        case .otherCertificate: "not verifiable"
        case .protocolVersion: "protocol too old"
        case .clientCertificate: "client certificate refused"
        case .handshake: "handshake refused"
        }
    }
}
