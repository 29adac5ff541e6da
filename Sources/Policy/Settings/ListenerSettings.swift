/// One address that callers connect to.
public struct ListenerSettings: Hashable, Sendable {
    public var address: ListenAddress
    /// The tenant of every request that comes in here; nil: the caller names it.
    public var tenant: String?
    /// Permission bits of a Unix socket's file; nil leaves what the umask gives.
    public var mode: UInt32?
    /// Owner and group of a Unix socket's file, names already resolved; nil leaves the process's own.
    public var ownerID: UInt32?
    public var groupID: UInt32?

    public init(address: ListenAddress, tenant: String? = nil) {
        self.address = address
        self.tenant = tenant
    }
}

/// Where a listener listens, as written in `listen` and `admin`.
public enum ListenAddress: Hashable, Sendable {
    /// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`; with `tls:` in front, TLS on it. Port 0 lets the kernel choose.
    case tcp(host: String, port: UInt16, tls: Bool)
    /// `unix:/run/zuora-gateway.sock`: an absolute path of at most 107 bytes (unix(7)).
    case unix(path: String)
    /// `unix:@name`: Linux's abstract namespace, the name without its leading NUL.
    case abstractUnix(name: String)
    /// A listening socket that was handed to the process (sd_listen_fds(3)).
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

    /// Whether it is a Unix-domain socket by its own account; an inherited descriptor's family is not known here.
    public var isUnix: Bool {
        switch self {
        case .unix, .abstractUnix: true
        case .tcp, .fileDescriptor: false
        }
    }
}

extension ListenAddress: CustomStringConvertible {
    /// The form that the configuration takes.
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

/// What `tls:` listeners present and ask for.
public struct InboundTLSSettings: Hashable, Sendable {
    /// PEM file: the certificate, then the intermediates.
    public var certificate: String
    /// PEM file of its key.
    public var key: String
    /// PEM file of the authorities that callers' certificates must come from; nil asks for none.
    public var clientCA: String?
    public var minimumVersion = UpstreamSettings.TLSVersion.tls12
    /// How long a handshake may take.
    public var handshakeTimeout: Duration = .seconds(10)

    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// Who may call, and for what. With no caller configured, every client that can reach a listener is trusted.
public struct CallerSettings: Hashable, Sendable {
    /// The key under `[callers]`.
    public var name: String
    /// SHA-256 of accepted keys, 32 bytes each; several, so that keys can rotate.
    public var keyHashes: [[UInt8]] = []
    /// Unix-socket peers by uid and gid.
    public var peerUIDs: [UInt32] = []
    public var peerGIDs: [UInt32] = []
    /// Client-certificate subject alternative names: `spiffe://…` and other URIs, or DNS names.
    public var sans: [String] = []
    /// Tenants that the caller may name; nil: all.
    public var tenants: [String]?
    /// Routes that the caller may use; nil: all that the tenant forwards.
    public var routes: [String]?

    public init(name: String) { self.name = name }
}
