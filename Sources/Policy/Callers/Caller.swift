/// Who sent a request.
public enum CallerIdentity: Hashable, Sendable {
    /// No caller is configured: every client that can reach a listener is trusted.
    case trusted
    /// The caller at this index of `CallerDirectory.callers`.
    case known(Int)

    public var index: Int? { if case .known(let index) = self { index } else { nil } }
}

/// A configured caller, with names resolved to indices. A class, so that passing it costs one reference count.
public final class Caller: Sendable {
    public let name: String
    /// Indices of the tenants that it may use; nil means all.
    public let tenants: Set<Int>?
    /// The routes that it may use; nil: all that the tenant forwards.
    public let routes: RouteSet?

    init(_ settings: CallerSettings, tenants: ByteTable, routes: RouteTable) {
        name = settings.name
        self.tenants = settings.tenants.map { Set($0.compactMap(tenants.index(of:))) }
        self.routes = settings.routes.map(routes.set(of:))
    }

    func mayName(tenant: Int) -> Bool { tenants?.contains(tenant) ?? true }

    func mayUse(routeName: Int) -> Bool { routes?.contains(routeName) ?? true }
}

/// Credentials of a connection's peer, besides those in the request.
public struct CallerEvidence: Sendable {
    /// The peer of a Unix socket (SO_PEERCRED).
    public var peer: PeerCredentials?
    /// The subject alternative names of a verified client certificate. Never those of an unverified one.
    public var names: [SubjectAlternativeName]

    public init(peer: PeerCredentials? = nil, names: [SubjectAlternativeName] = []) {
        self.peer = peer
        self.names = names
    }

    /// A TCP connection without a client certificate.
    public static let none = CallerEvidence()
}

/// The peer process of a Unix socket at the time of connecting.
public struct PeerCredentials: Hashable, Sendable {
    /// For the log only: process ids are reused.
    public var pid: Int32
    public var uid: UInt32
    public var gid: UInt32

    public init(pid: Int32, uid: UInt32, gid: UInt32) {
        self.pid = pid
        self.uid = uid
        self.gid = gid
    }
}

/// A subject alternative name (RFC 5280 section 4.2.1.6) of a kind that can identify a caller. The kinds are kept apart, so that
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

/// A key with which a caller authenticates. The configuration only contains its hash.
///
/// A plain SHA-256 is enough for what this type generates: 190 random bits cannot be searched, so a slow
/// password hash would add nothing.
public struct GatewayKey: Sendable {
    /// `zgk_` and 38 characters of base 32: lower-case letters and digits, without those letters that read as digits. 42 characters
    /// are as many as Zuora's Python SDK takes for a client secret. The prefix lets secret scanners recognise a leaked key.
    public let text: String
    /// The value for `key_sha256`.
    public let sha256: SHA256Digest

    /// - Parameter random: a source fit for secrets, such as `SystemRandomNumberGenerator`.
    /// - Returns: nil if OpenSSL could not hash; see `SHA256Digest.init(of:)`.
    public static func generate(using random: inout some RandomNumberGenerator) -> GatewayKey? {
        var bytes = Array("zgk_".utf8)
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
        for _ in 0..<38 {
            let word: UInt64 = random.next()
            bytes.append(alphabet[Int(word >> 59)])
        }
        return GatewayKey(text: String(decoding: bytes, as: UTF8.self))
    }

    /// An existing key, such as one read from standard input.
    public init?(text: String) {
        guard let digest = SHA256Digest(of: Array(text.utf8).span) else { return nil }
        self.text = text
        sha256 = digest
    }

    /// The value for `key_sha256` as text: 64 lower-case hexadecimal digits.
    public var sha256Hex: String { sha256.hex }
}

extension GatewayKey: CustomStringConvertible, CustomReflectable {
    public var description: String { "gateway key (redacted), sha256 \(sha256.hex)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
