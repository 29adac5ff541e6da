import Network
import Policy

extension AttemptFailure {
    /// What became of an attempt, in the terms in which it is judged.
    init(_ failure: UpstreamFailure) {
        let cause: Cause =
            switch failure.kind {
            case .unresolved: .resolve
            case .connectionRefused: .refused
            case .unreachable, .proxyRefused: .connect
            case .tls(.handshake): .tls
            case .tls(.protocolVersion), .tls(.clientCertificate): .tlsRefused
            case .tls, .badCredentialFile: .certificate
            case .reset: .reset
            case .truncated: .incomplete
            case .invalidResponse: .protocolError
            case .timedOut(.connect): .connectTimeout
            case .timedOut(.firstByte): .firstByteTimeout
            case .timedOut(.stall): .stallTimeout
            case .timedOut(.total): .totalTimeout
            case .cancelled, .requestIncomplete, .invalidRequest, .internalError: .resources
            }
        self.init(
            cause, requestSent: failure.mayHaveReachedUpstream, connectionReused: failure.onReusedConnection,
            answerBegan: failure.receivedAnyByte)
    }
}
