import Network
import Policy
import Wire

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

extension UpstreamMethod {
    /// - Returns: nil for CONNECT and TRACE, which no route has.
    init?(_ method: RequestHead.Method, _ http: HTTPExchange) {
        switch method {
        case .get: self = .get
        case .head: self = .head
        case .post: self = .post
        case .put: self = .put
        case .delete: self = .delete
        case .patch: self = .patch
        case .options: self = .options
        case .trace, .connect: return nil
        case .other:
            let range = http.head.methodRange
            self.init(http.withHeadBytes { bytes in String(decoding: range.map { bytes[$0] }, as: UTF8.self) })
        }
    }
}
