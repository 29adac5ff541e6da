public import Network
public import Policy

/// What came of trying one tenant for real. Holds nothing that came from a secret or a token.
public struct TenantTrial: Sendable {
    public let tenant: TenantSettings
    /// Host of the upstream, with its port unless that is the scheme's own.
    public let upstream: String
    /// Host of the token endpoint.
    public let tokenHost: String
    public let connection: Connection
    public let token: TokenResult
    /// The entities that the token covers, by the names that the configuration has for them, else by id. Empty: it tells of none.
    public let entities: [String]
    /// Where the token's entities and the configuration do not agree, gravest first.
    public let findings: [ScopeFinding]

    /// How far a connection to the upstream got.
    public enum Connection: Hashable, Sendable {
        /// An answer came, whatever its status; over TLS unless the upstream is plain HTTP.
        case open(TLSAgreement?)
        /// TLS was agreed on, and no answer came.
        case mute(TLSAgreement?, UpstreamFailure)
        /// No connection that could be trusted came about.
        case failed(UpstreamFailure)
    }

    public enum TokenResult: Hashable, Sendable {
        /// There is one, good for so long.
        case granted(lifetime: Duration)
        case failed(TokenFailure)
        /// A static token is configured, readable, and was not sent anywhere.
        case unused
    }

    /// Whether the gateway could serve the tenant's callers.
    public enum Verdict: String, Sendable, CaseIterable {
        case good
        /// No token, and none will come until somebody mends the client, its secret or its user.
        case refused
        /// The token does not go with the entities that are configured.
        case misfit
        /// The upstream or the token endpoint cannot be reached, or not be trusted.
        case unreachable
        /// It may pass by itself: out of order, rate-limited.
        case unavailable
    }

    public var verdict: Verdict {
        if case .failed(let failure) = token {
            switch failure.cause {
            case .unreachable, .timedOut: return .unreachable
            default: return failure.isRetryable ? .unavailable : .refused
            }
        }
        guard case .open = connection else { return .unreachable }
        return findings.contains { $0.severity == .error } ? .misfit : .good
    }

    /// Whether the token call failed as the connection did, so that there is nothing more to say of it.
    public var isTokenLostWithConnection: Bool {
        guard case .failed(let failure) = token, case .unreachable = failure.cause else { return false }
        if case .open = connection { return false }
        return tenant.token.origin == tenant.upstream.url
    }
}

extension TenantTrial.Connection {
    init(_ transfer: UpstreamExchange) {
        if let failure = transfer.failure, !transfer.isHeadComplete {
            self = transfer.agreement == nil || failure.isAboutTLS ? .failed(failure) : .mute(transfer.agreement, failure)
        } else {
            self = .open(transfer.agreement)
        }
    }
}

extension UpstreamFailure {
    fileprivate var isAboutTLS: Bool { if case .tls = kind { true } else { false } }
}

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
