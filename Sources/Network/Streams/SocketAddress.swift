import CLinux
import Glibc
public import Policy

/// A listener's address.
public enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// A numeric address or a name that resolves on this machine, and a port; 0 lets the kernel choose.
    case tcp(host: String, port: UInt16)
    /// A path in the file system: mode bits and owner are set if given.
    case unix(path: String, mode: UInt32? = nil, uid: UInt32? = nil, gid: UInt32? = nil)
    /// A name in Linux's abstract namespace (unix(7)), without its leading NUL.
    case abstract(name: String)
    /// A listening socket inherited by the process: systemd socket activation.
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

extension Stream {
    /// The peer's address without its port (`127.0.0.1`, `::1`); nil for anything but TCP.
    public var peerAddress: String? {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getpeername(descriptor, $0, &size) }
        }
        let family = Int32(address.ss_family)
        guard result == 0, family == AF_INET || family == AF_INET6 else { return nil }
        // The offsets of sin_addr and sin6_addr.
        let offset = family == AF_INET ? 4 : 8
        return unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
                guard let start = text.baseAddress,
                    unsafe inet_ntop(family, bytes.baseAddress?.advanced(by: offset), start, socklen_t(text.count)) != nil
                else { return nil }
                return unsafe String(cString: start)
            }
        }
    }
}

extension Stream {
    /// The peer's credentials (SO_PEERCRED, unix(7)); nil for anything but a Unix socket.
    public var peerCredentials: PeerCredentials? {
        var peer = PeerCredentials(pid: 0, uid: 0, gid: 0)
        guard unsafe zg_peer_credentials(descriptor, &peer.pid, &peer.uid, &peer.gid) == 0 else { return nil }
        // The kernel's value for a socket without peer credentials, such as TCP.
        if peer.uid == .max { return nil }
        return peer
    }
}
