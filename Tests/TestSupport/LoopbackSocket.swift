import Glibc
import Synchronization

/// Blocking TCP sockets on 127.0.0.1, as plain descriptors: what the tests' raw clients and scripted servers are made of.
public enum LoopbackSocket {
    /// Programs that a test starts do not inherit it.
    private static func make(_ flags: UInt32 = 0) -> Int32 {
        socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | flags), 0)
    }

    /// Runs `body` with the address of `port`.
    public static func withAddress<R>(port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> R) -> R {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &size) }
        }
    }

    /// Connects to `port`.
    /// - Parameter seconds: after which a read ends without data; nil: never.
    /// - Returns: nil if the connection is refused.
    public static func connect(port: UInt16, readTimeout seconds: Int? = nil) -> Int32? {
        let descriptor = make()
        guard withAddress(port: port, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            close(descriptor)
            return nil
        }
        if let seconds {
            var limit = timeval(tv_sec: seconds, tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        return descriptor
    }

    /// Binds a socket, and listens on it.
    /// - Parameters:
    ///   - port: 0 for any that is free.
    ///   - backlog: nil: does not listen, and only holds the port.
    /// - Returns: the socket and its port; nil if the port is in use.
    public static func bind(port: UInt16 = 0, backlog: Int32? = 64) -> (descriptor: Int32, port: UInt16)? {
        let descriptor = make()
        var one: Int32 = 1
        if port != 0 { setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size)) }
        let bound: UInt16? = withAddress(port: port) { address, size in
            guard Glibc.bind(descriptor, address, size) == 0, backlog.map({ listen(descriptor, $0) == 0 }) ?? true,
                getsockname(descriptor, address, &size) == 0
            else { return nil }
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin_port) }
        }
        guard let bound else {
            close(descriptor)
            return nil
        }
        return (descriptor, bound)
    }

    /// Sends all of it.
    /// - Returns: whether the kernel took all of it.
    @discardableResult
    public static func send(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    @discardableResult
    public static func send(_ descriptor: Int32, _ text: String) -> Bool { send(descriptor, Array(text.utf8)) }

    /// Has the other side see a reset when the socket is closed.
    public static func resetOnClose(_ descriptor: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Begins to connect, without waiting for the end of it.
    static func beginConnect(port: UInt16) -> Int32 {
        let descriptor = make(SOCK_NONBLOCK.rawValue)
        _ = withAddress(port: port) { Glibc.connect(descriptor, $0, $1) }
        return descriptor
    }

    /// No port could be had.
    public struct Unavailable: Error {}

    /// A port that nobody listens on now.
    public static func freePort() throws -> Int { try freePorts(1)[0] }

    /// Different ones, and none that was given out before: who asked for that may not listen there yet.
    public static func freePorts(_ count: Int) throws -> [Int] {
        // Held until all are had, so that none comes twice.
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        var ports: [Int] = []
        while ports.count < count {
            guard descriptors.count < count + 256, let socket = bind(backlog: nil) else { throw Unavailable() }
            descriptors.append(socket.descriptor)
            if givenOut.withLock({ $0.insert(socket.port).inserted }) { ports.append(Int(socket.port)) }
        }
        return ports
    }

    private static let givenOut = Mutex<Set<UInt16>>([])
}

/// A port whose queue of connections is full: the kernel drops every further SYN.
public final class FullBacklog: Sendable {
    public let port: Int
    private let descriptors: [Int32]

    public init() throws {
        guard let (listener, port) = LoopbackSocket.bind(backlog: 0) else { throw LoopbackSocket.Unavailable() }
        self.port = Int(port)
        var descriptors = [listener]
        // Until one gets no reply: then the queue is full.
        var isFull = false
        while !isFull, descriptors.count < 64 {
            let filler = LoopbackSocket.beginConnect(port: port)
            descriptors.append(filler)
            var state = pollfd(fd: filler, events: Int16(POLLOUT), revents: 0)
            isFull = poll(&state, 1, 50) == 0
        }
        self.descriptors = descriptors
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}
