/// What a connection says about who is at its other end, beside what the request itself says.
public struct CallerEvidence: Sendable {
    /// The peer of a Unix socket (SO_PEERCRED).
    public var peer: PeerCredentials?
    /// The subject alternative names of a client certificate that was verified. Never those of one that was not.
    public var names: [SubjectAlternativeName]

    public init(peer: PeerCredentials? = nil, names: [SubjectAlternativeName] = []) {
        self.peer = peer
        self.names = names
    }

    /// A TCP connection without a client certificate.
    public static let none = CallerEvidence()
}

/// The process at the other end of a Unix socket, as it was when it connected.
public struct PeerCredentials: Hashable, Sendable {
    /// For the log alone: a process id is soon somebody else's.
    public var pid: Int32
    public var uid: UInt32
    public var gid: UInt32

    public init(pid: Int32, uid: UInt32, gid: UInt32) {
        self.pid = pid
        self.uid = uid
        self.gid = gid
    }
}

/// A subject alternative name (RFC 5280 section 4.2.1.6) of a kind that can name a caller. The kinds are kept apart, so that
/// a DNS name cannot pass for a URI with the same spelling.
public enum SubjectAlternativeName: Hashable, Sendable {
    case dns(String)
    case uri(String)

    /// From `san = [...]` in the configuration: with a colon it is a URI, which no DNS name can hold.
    public init(configured text: String) { self = text.utf8.contains(0x3A) ? .uri(text) : .dns(text) }

    /// DNS names are compared without case (RFC 4343); of a URI, nothing is changed.
    var normalised: SubjectAlternativeName {
        switch self {
        case .dns(let name): .dns(name.lowercased())
        case .uri: self
        }
    }
}
