/// One address that callers connect to.
public struct ListenerSettings: Hashable, Sendable {
    public var address: ListenAddress
    /// The tenant of every request on this listener; nil if the caller selects it.
    public var tenant: String?
    /// Permission bits of a Unix socket; nil leaves them to the umask.
    public var mode: UInt32?
    /// Owner and group of a Unix socket, with resolved names; nil leaves the process's.
    public var ownerID: UInt32?
    public var groupID: UInt32?

    public init(address: ListenAddress, tenant: String? = nil) {
        self.address = address
        self.tenant = tenant
    }
}

/// A listener's address, as written in `listen` and `admin`.
public enum ListenAddress: Hashable, Sendable {
    /// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`; with `tls:` in front, TLS on it. Port 0 lets the kernel choose.
    case tcp(host: String, port: UInt16, tls: Bool)
    /// `unix:/run/zuora-gateway.sock`: an absolute path of at most 107 bytes (unix(7)).
    case unix(path: String)
    /// `unix:@name`: Linux's abstract namespace, the name without its leading NUL.
    case abstractUnix(name: String)
    /// A listening socket inherited by the process (sd_listen_fds(3)).
    case fileDescriptor(Descriptor)

    public enum Descriptor: Hashable, Sendable {
        /// `fd:3`
        case number(Int32)
        /// `fd:http`: by FileDescriptorName= of systemd.socket(5).
        case name(String)
    }

    public var isTLS: Bool {
        if case .tcp(_, _, tls: true) = self { true } else { false }
    }

    /// Whether it is written as a Unix-domain socket; an inherited descriptor's family is unknown.
    public var isUnix: Bool {
        switch self {
        case .unix, .abstractUnix: true
        case .tcp, .fileDescriptor: false
        }
    }
}

extension ListenAddress: CustomStringConvertible {
    /// The form in the configuration.
    public var description: String {
        switch self {
        case .tcp(let host, let port, let tls):
            (tls ? "tls:" : "") + (host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
        case .unix(let path): "unix:\(path)"
        case .abstractUnix(let name): "unix:@\(name)"
        case .fileDescriptor(.number(let number)): "fd:\(number)"
        case .fileDescriptor(.name(let name)): "fd:\(name)"
        }
    }
}

/// Certificate and client authentication of `tls:` listeners.
public struct InboundTLSSettings: Hashable, Sendable {
    /// PEM file: the certificate, then the intermediates.
    public var certificate: String
    /// PEM file of its key.
    public var key: String
    /// PEM file of the certificate authorities for client certificates; nil requests none.
    public var clientCA: String?
    public var minimumVersion: UpstreamSettings.TLSVersion
    /// Time limit for a handshake.
    public var handshakeTimeout: Duration = .seconds(10)

    public init(
        certificate: String, key: String, clientCA: String? = nil, minimumVersion: UpstreamSettings.TLSVersion = .tls12
    ) {
        self.certificate = certificate
        self.key = key
        self.clientCA = clientCA
        self.minimumVersion = minimumVersion
    }
}

/// An authorized caller. With no caller configured, every client that can reach a listener is trusted.
public struct CallerSettings: Hashable, Sendable {
    /// The key under `[callers]`.
    public var name: String
    /// SHA-256 of accepted keys, 32 bytes each; several allow rotation.
    public var keyHashes: [[UInt8]] = []
    /// Unix-socket peers by uid and gid.
    public var peerUIDs: [UInt32] = []
    public var peerGIDs: [UInt32] = []
    /// Client-certificate subject alternative names: `spiffe://…` and other URIs, or DNS names.
    public var sans: [String] = []
    /// Tenants that the caller may use; nil means all.
    public var tenants: [String]?
    /// Routes that the caller may use; nil means all that the tenant forwards.
    public var routes: [String]?

    public init(name: String) { self.name = name }
}
