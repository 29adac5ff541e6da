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
