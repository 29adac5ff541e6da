public import Wire

/// The state of a credential, for the readiness page, the status page and the log. Contains no secret.
public struct CredentialStatus: Sendable, Equatable {
    public var phase: TokenPhase
    /// Fingerprint of the secret, or static token, in use.
    public var fingerprint: String?
    /// How long the token in use can still be used; nil without a token, and for a static one.
    public var remaining: Duration?
    /// Consecutive failures of the version in use, and the reason of the last one.
    public var failures = 0
    public var failure: TokenFailure?
    /// A newer secret that has not taken over yet.
    public var successor: Successor?
    /// The problem of the secret's source.
    public var problem: SecretProblem?

    public struct Successor: Sendable, Equatable {
        public var fingerprint: String
        public var failures: Int
        public var failure: TokenFailure?
    }

    /// Whether requests can be served: false only once it is known that they cannot.
    public var isReady: Bool { phase.serves || (phase == .empty && fingerprint != nil && failure == nil) }
}

extension CredentialMachine {
    public func status(_ now: Instant) -> CredentialStatus {
        if isStatic {
            return CredentialStatus(
                phase: staticToken == nil ? .failed : isStaticTokenRejected ? .failing : .valid,
                fingerprint: staticToken?.secret.fingerprint,
                failure: staticToken == nil
                    ? TokenFailure(.noSecret(problem ?? .notRead)) : isStaticTokenRejected ? TokenFailure(.rejected) : nil,
                problem: problem)
        }
        guard let current else {
            return CredentialStatus(phase: .failed, failure: TokenFailure(.noSecret(problem ?? .notRead)), problem: problem)
        }
        return CredentialStatus(
            phase: current.machine.phase(now),
            fingerprint: current.secret.fingerprint,
            remaining: current.machine.usable(now).map { $0.goodUntil - now },
            failures: current.machine.failures,
            failure: current.machine.failure,
            successor: successor.map {
                CredentialStatus.Successor(
                    fingerprint: $0.secret.fingerprint, failures: $0.machine.failures, failure: $0.machine.failure)
            },
            problem: problem)
    }
}

extension CredentialStatus {
    /// A line of text, such as `valid, 47 min left; the new secret does not work yet: …`.
    /// - Parameter host: the upstream's host.
    public func text(host: String) -> String {
        var text = phase.rawValue
        if let remaining { text += ", \(remaining.rounded) left" }
        if let failure { text += ": \(failure.text(host: host))" }
        if let successor {
            text += "; a new secret (\(successor.fingerprint)) has no token yet"
            if let failure = successor.failure { text += ": \(failure.text(host: host))" }
        }
        if let problem, failure?.cause != .noSecret(problem) { text += "; the secret's source is unusable: \(problem.text)" }
        return text
    }
}

extension Duration {
    /// In whole minutes from two minutes on, below in seconds.
    fileprivate var rounded: String {
        let seconds = Int64(self.seconds)
        return seconds >= 120 ? "\(seconds / 60) min" : "\(seconds) s"
    }
}
