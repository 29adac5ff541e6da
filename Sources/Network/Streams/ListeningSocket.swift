import CLinux
import Glibc

/// A bound, listening socket that is not on any loop yet, so that all addresses are bound before anything is served.
public final class ListeningSocket: Sendable {
    /// The backlog; capped by the kernel (net.core.somaxconn).
    public static let longestBacklog: Int32 = 4096

    public let descriptor: Int32
    /// The requested address, with the port chosen by the kernel.
    public let address: SocketAddress
    /// The identity of a Unix socket's file when it was bound.
    private let file: FileIdentity?

    private struct FileIdentity: Equatable {
        var device: UInt
        var inode: UInt

        /// - Returns: nil when no such file.
        init?(_ path: String) {
            var status = stat()
            guard unsafe lstat(path, &status) == 0 else { return nil }
            (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
        }
    }

    /// Binds and listens.
    /// - Throws: `SystemError` with the address.
    public init(_ address: SocketAddress, backlog: Int32 = longestBacklog) throws(SystemError) {
        switch address {
        case .tcp(let host, let port):
            descriptor = try Self.bindTCP(host: host, port: port, backlog: backlog)
            self.address = .tcp(host: host, port: Self.boundPort(of: descriptor) ?? port)
            file = nil
        case .unix(let path, let mode, let uid, let gid):
            descriptor = try Self.bindUnix(path: path, backlog: backlog)
            self.address = address
            file = FileIdentity(path)
            if let mode, unsafe chmod(path, mode) != 0 { throw SystemError("chmod \(path)") }
            if uid != nil || gid != nil, unsafe chown(path, uid ?? .max, gid ?? .max) != 0 { throw SystemError("chown \(path)") }
        case .abstract(let name):
            descriptor = try Self.bindAbstract(name: name, backlog: backlog)
            self.address = address
            file = nil
        case .inherited(let inherited):
            // Without inherited sockets the number may refer to one of the process's own descriptors.
            var isListening: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            guard unsafe getsockopt(inherited, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0, isListening != 0 else {
                throw SystemError("\(address): no listening socket was inherited", code: ENOTSOCK)
            }
            descriptor = inherited
            self.address = address
            file = nil
            guard zg_set_nonblocking(inherited, 1) == 0, fcntl(inherited, F_SETFD, FD_CLOEXEC) == 0 else {
                throw SystemError("\(address)")
            }
        }
    }

    deinit { close(descriptor) }

    /// Removes a Unix socket's path for the next start, unless another process has bound it since. The socket keeps
    /// listening until it is released.
    public func unlinkPath() {
        guard case .unix(let path, _, _, _) = address, let file, FileIdentity(path) == file else { return }
        _ = unsafe unlink(path)
    }

    private static func bindTCP(host: String, port: UInt16, backlog: Int32) throws(SystemError) -> Int32 {
        let name = "\(SocketAddress.tcp(host: host, port: port))"
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, String(port), &hints, &found) == 0, let first = unsafe found else {
            throw SystemError("\(name) does not resolve", code: EADDRNOTAVAIL)
        }
        defer { unsafe freeaddrinfo(found) }
        let descriptor = socket(unsafe first.pointee.ai_family, zg_sock_stream_flags, 0)
        guard descriptor >= 0 else { throw SystemError("socket for \(name)") }
        var one: Int32 = 1
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        if unsafe first.pointee.ai_family == AF_INET6 {
            _ = unsafe setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &one, 4)
        }
        guard unsafe bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0, listen(descriptor, backlog) == 0
        else {
            let error = SystemError("cannot listen on \(name)")
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func boundPort(of descriptor: Int32) -> UInt16? {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(descriptor, $0, &size) }
        }
        guard result == 0 else { return nil }
        // The port has the same offset in sockaddr_in and sockaddr_in6.
        return unsafe withUnsafeBytes(of: &address) {
            unsafe UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        }
    }

    private static func bindUnix(path: String, backlog: Int32) throws(SystemError) -> Int32 {
        guard path.utf8.count < 108 else { throw SystemError("unix:\(path)", code: ENAMETOOLONG) }
        var descriptor = try unixSocket(Array(path.utf8), name: "unix:\(path)", isPath: true, backlog: backlog)
        if descriptor == -EADDRINUSE, isOtherFile(path: path) {
            throw SystemError("cannot listen on unix:\(path), which is not a socket", code: EADDRINUSE)
        }
        if descriptor == -EADDRINUSE, isStale(path: path) {
            _ = unsafe unlink(path)
            descriptor = try unixSocket(Array(path.utf8), name: "unix:\(path)", isPath: true, backlog: backlog)
        }
        if descriptor < 0 { throw SystemError("cannot listen on unix:\(path)", code: -descriptor) }
        return descriptor
    }

    private static func bindAbstract(name: String, backlog: Int32) throws(SystemError) -> Int32 {
        guard name.utf8.count < 107 else { throw SystemError("unix:@\(name)", code: ENAMETOOLONG) }
        let descriptor = try unixSocket([0] + Array(name.utf8), name: "unix:@\(name)", isPath: false, backlog: backlog)
        if descriptor < 0 { throw SystemError("cannot listen on unix:@\(name)", code: -descriptor) }
        return descriptor
    }

    /// - Returns: a listening descriptor, or a negated errno value from bind or listen.
    private static func unixSocket(_ name: [UInt8], name text: String, isPath: Bool, backlog: Int32) throws(SystemError) -> Int32
    {
        let descriptor = socket(AF_UNIX, zg_sock_stream_flags, 0)
        guard descriptor >= 0 else { throw SystemError("socket for \(text)") }
        var address = unixAddress(name)
        let size = socklen_t(2 + name.count + (isPath ? 1 : 0))
        let bound = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, size) }
        }
        if bound == 0, listen(descriptor, backlog) == 0 { return descriptor }
        let code = errno
        close(descriptor)
        return -code
    }

    private static func unixAddress(_ name: [UInt8]) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in unsafe path.copyBytes(from: name.prefix(path.count)) }
        return address
    }

    /// Whether something else than a socket has this path.
    private static func isOtherFile(path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFSOCK
    }

    /// Whether no process listens on a socket file.
    private static func isStale(path: String) -> Bool {
        let probe = socket(AF_UNIX, zg_sock_stream_flags, 0)
        guard probe >= 0 else { return false }
        defer { close(probe) }
        var address = unixAddress(Array(path.utf8))
        let size = socklen_t(2 + path.utf8.count + 1)
        let connected = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(probe, $0, size) }
        }
        return connected != 0 && errno == ECONNREFUSED
    }
}
