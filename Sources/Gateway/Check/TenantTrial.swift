public import Network
public import Policy
import Wire

/// The result of testing one tenant online. Contains nothing derived from a secret or a token.
public struct TenantTrial: Sendable {
    public let tenant: TenantSettings
    /// Host of the upstream, with its port unless it is the scheme's default.
    public let upstream: String
    /// Host of the token endpoint.
    public let tokenHost: String
    public let connection: Connection
    public let token: TokenResult
    /// The entities that the token covers, by their names in the configuration, else by id. Empty if the token states none.
    public let entities: [String]
    /// Mismatches between the token's entities and the configuration, most severe first.
    public let findings: [ScopeFinding]

    /// How far a connection to the upstream got.
    public enum Connection: Hashable, Sendable {
        /// A response was received, with any status; over TLS unless the upstream uses plain HTTP.
        case open(TLSAgreement?)
        /// TLS was established, but there was no response.
        case mute(TLSAgreement?, UpstreamFailure)
        /// No trusted connection could be established.
        case failed(UpstreamFailure)
    }

    public enum TokenResult: Hashable, Sendable {
        /// A token was obtained, valid for this long.
        case granted(lifetime: Duration)
        case failed(TokenFailure)
        /// A static token is configured and readable; it was not sent.
        case unused
        /// The tenant has a hub instead of a token.
        case hub(HubResult)
    }

    /// What a hub responded.
    public enum HubResult: Hashable, Sendable {
        /// It knows this gateway and the tenant.
        case accepted
        /// It does not; with its status and explanation.
        case refused(Int, String)
        /// It cannot say now.
        case unavailable(Int)
        /// Something else responded.
        case notAGateway(Int)
        /// The key for it cannot be read.
        case noKey(SecretProblem)
        /// See the connection.
        case unreachable
    }

    /// Whether the gateway could serve the tenant's callers.
    public enum Verdict: String, Sendable, CaseIterable {
        case good
        /// No token until the client, its secret or its user is fixed.
        case refused
        /// The token does not match the configured entities.
        case misfit
        /// The upstream or the token endpoint is unreachable or not trusted.
        case unreachable
        /// Transient failure: unavailable, rate-limited.
        case unavailable
    }

    public var verdict: Verdict {
        if case .failed(let failure) = token {
            switch failure.cause {
            case .unreachable, .timedOut: return .unreachable
            default: return failure.isRetryable ? .unavailable : .refused
            }
        }
        switch token {
        case .hub(.refused), .hub(.noKey): return .refused
        case .hub(.notAGateway): return .misfit
        case .hub(.unavailable): return .unavailable
        default: break
        }
        guard case .open = connection else { return .unreachable }
        return findings.contains { $0.severity == .error } ? .misfit : .good
    }

    /// Whether calls for some configured entity would be refused.
    public var hasWarnings: Bool { findings.contains { $0.severity >= .warning } }

    /// Whether the token call failed for the same reason as the connection, so that it is not reported separately.
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

extension TenantTrial.HubResult {
    /// - Parameter problem: the response's content.
    init(status: Int, problem: Span<UInt8>) {
        let members = HubProblem(problem)
        switch members.type {
        case "no-route"?: self = .accepted
        case _? where status >= 500: self = .unavailable(status)
        case let type?: self = .refused(status, members.detail.isEmpty ? type : members.detail)
        case nil: self = .notAGateway(status)
        }
    }

    /// For the operator; nil if there is nothing to say.
    public var text: String? {
        switch self {
        case .accepted, .unreachable: nil
        case .refused(let status, let detail): "the hub refuses (\(status)): \(detail)"
        case .unavailable(let status): "the hub is overloaded or stopping (\(status))"
        case .notAGateway(let status): "the upstream is not a zuora-gateway (\(status))"
        case .noKey(let problem): "the key for the hub cannot be used: \(problem.text)"
        }
    }
}

/// The members of a hub's problem.
private struct HubProblem {
    /// The last part; nil unless it is a gateway's problem.
    var type: String?
    var detail = ""

    init(_ content: Span<UInt8>) {
        guard let value = try? JSONValue(parsing: content) else { return }
        let prefix = "urn:problem-type:zuora-gateway:"
        if let uri = value["type"]?.string, uri.hasPrefix(prefix) { type = String(uri.dropFirst(prefix.count)) }
        detail = value["detail"]?.string ?? ""
    }
}

extension UpstreamFailure {
    fileprivate var isAboutTLS: Bool { if case .tls = kind { true } else { false } }
}

extension UpstreamFailure {
    /// The kind in two or three words, for a table cell.
    public var brief: String {
        switch kind {
        case .tls(let fault): fault.brief
        case .unresolved: "unknown host"
        case .connectionRefused: "connection refused"
        case .unreachable: "unreachable"
        case .proxyRefused: "proxy refused"
        case .badCredentialFile: "bad certificate file"
        case .reset, .truncated: "connection broken"
        case .invalidResponse: "invalid HTTP"
        case .timedOut: "timed out"
        case .cancelled, .requestIncomplete, .invalidRequest, .internalError: "not possible"
        }
    }

    /// An explanation for operators: unlike `explanation` it names the gateway's files.
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
