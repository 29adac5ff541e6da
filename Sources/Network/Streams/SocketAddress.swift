/// Where a listener listens.
public enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// A numeric address or a name that resolves on this machine, and a port; 0 lets the kernel choose.
    case tcp(host: String, port: UInt16)
    /// A path in the file system: mode bits and owner are set if given.
    case unix(path: String, mode: UInt32? = nil, uid: UInt32? = nil, gid: UInt32? = nil)
    /// A name in Linux's abstract namespace (unix(7)), without its leading NUL.
    case abstract(name: String)
    /// A listening socket that was handed to the process: systemd socket activation.
    case inherited(descriptor: Int32)

    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path, _, _, _): "unix:\(path)"
        case .abstract(let name): "unix:@\(name)"
        case .inherited(let descriptor): "fd:\(descriptor)"
        }
    }
}
