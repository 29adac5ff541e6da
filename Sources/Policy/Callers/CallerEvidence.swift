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
///
/// Kept and compared as bytes: to `String`, other characters are equal to ASCII ones (U+212A, the kelvin sign, is a `k` in lower case).
public struct SubjectAlternativeName: Hashable, Sendable {
    let isURI: Bool
    let bytes: [UInt8]

    /// From `san = [...]` in the configuration, or from a certificate: with a colon it is a URI, which no DNS name can hold.
    /// DNS names are compared without the case of ASCII (RFC 4343); of a URI, nothing is changed.
    /// - Returns: nil when it is empty or has a byte that is not visible ASCII: both kinds are IA5String (RFC 5280), and
    ///   an internationalised name is there in its A-label form.
    public init?(_ text: some Sequence<UInt8>) {
        var bytes = Array(text)
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        isURI = bytes.contains(0x3A)
        if !isURI { for i in bytes.indices where (0x41...0x5A).contains(bytes[i]) { bytes[i] |= 0x20 } }
        self.bytes = bytes
    }
}
