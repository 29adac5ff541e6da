import Glibc
public import Wire

/// Why there was no valid response.
public struct ConnectionFailure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// A blocking stream socket with a deadline.
public struct BlockingConnection: ~Copyable {
    private let descriptor: Int32

    /// Sends an HTTP/1.1 request that has `Connection: close`, and waits for the response.
    /// - Parameters:
    ///   - limit: the maximum size of the response in bytes.
    ///   - deadline: for the whole exchange except name resolution.
    public static func exchange(
        _ request: String, with address: AddressArgument, limit: Int = 1 << 20, deadline: Instant
    ) throws(ConnectionFailure) -> PlainResponse {
        let connection = try BlockingConnection(to: address, deadline: deadline)
        try connection.write(Array(request.utf8), deadline: deadline)
        return try PlainResponse(connection.readAll(limit: limit, deadline: deadline))
    }

    private init(to address: AddressArgument, deadline: Instant) throws(ConnectionFailure) {
        descriptor =
            switch address {
            case .unix(let path): try Self.connect(unix: path, deadline)
            case .tcp(let host, let port): try Self.connect(host, port, deadline)
            }
    }

    deinit { close(descriptor) }

    private static func connect(unix path: String, _ deadline: Instant) throws(ConnectionFailure) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
            // The last byte remains NUL.
            unsafe target.copyBytes(from: path.utf8.prefix(target.count - 1))
        }
        return try unsafe withUnsafePointer(to: &address) { pointer throws(ConnectionFailure) in
            let length = socklen_t(MemoryLayout<sockaddr_un>.size)
            return try unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { (name) throws(ConnectionFailure) in
                try unsafe connect(AF_UNIX, name, length, deadline)
            }
        }
    }

    /// Tries every address of the host; fails with the last one's error.
    private static func connect(_ host: String, _ port: UInt16, _ deadline: Instant) throws(ConnectionFailure) -> Int32 {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, "\(port)", &hints, &list)
        guard code == 0 else { throw ConnectionFailure(unsafe String(cString: gai_strerror(code))) }
        defer { unsafe freeaddrinfo(list) }
        var failure = ConnectionFailure("the host has no address")
        var next = unsafe list
        while let info = unsafe next?.pointee {
            unsafe next = info.ai_next
            guard let name = unsafe info.ai_addr else { continue }
            do throws(ConnectionFailure) {
                return try unsafe connect(info.ai_family, name, info.ai_addrlen, deadline)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private static func connect(
        _ family: Int32, _ name: UnsafePointer<sockaddr>, _ length: socklen_t, _ deadline: Instant
    ) throws(ConnectionFailure) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw ConnectionFailure(SystemMessage.current) }
        do throws(ConnectionFailure) {
            if unsafe Glibc.connect(descriptor, name, length) == 0 { return descriptor }
            guard errno == EINPROGRESS else { throw ConnectionFailure(SystemMessage.current) }
            try wait(for: POLLOUT, on: descriptor, deadline)
            var code: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
            guard code == 0 else { throw ConnectionFailure(SystemMessage.of(code)) }
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Suspends the thread until the descriptor is ready, or fails at the deadline.
    private static func wait(for events: Int32, on descriptor: Int32, _ deadline: Instant) throws(ConnectionFailure) {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        while true {
            let remaining = (deadline - .now()).components
            let milliseconds = max(0, remaining.seconds * 1000 + remaining.attoseconds / 1_000_000_000_000_000)
            let count = unsafe poll(&entry, 1, Int32(clamping: milliseconds))
            if count > 0 { return }
            if count < 0, errno == EINTR { continue }
            throw ConnectionFailure(count == 0 ? "timed out waiting for a response" : SystemMessage.current)
        }
    }

    private func write(_ bytes: [UInt8], deadline: Instant) throws(ConnectionFailure) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                // A broken connection is an error here, not a SIGPIPE.
                unsafe send(descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                try Self.wait(for: POLLOUT, on: descriptor, deadline)
            } else if errno != EINTR {
                throw ConnectionFailure(SystemMessage.current)
            }
        }
    }

    /// Everything up to the end of the connection, or to the limit.
    private func readAll(limit: Int, deadline: Instant) throws(ConnectionFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count < limit {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count > 0 {
                bytes += chunk[..<count]
            } else if count == 0 {
                break
            } else if errno == EAGAIN {
                try Self.wait(for: POLLIN, on: descriptor, deadline)
            } else if errno != EINTR {
                throw ConnectionFailure(SystemMessage.current)
            }
        }
        return bytes
    }
}

/// A response over a connection that ends with it.
public struct PlainResponse {
    public let status: Int
    /// Status line and fields, without the empty line.
    public let head: String
    public let body: String

    /// - Parameter bytes: everything that was received.
    public init(_ bytes: [UInt8]) throws(ConnectionFailure) {
        guard !bytes.isEmpty else { throw ConnectionFailure("the connection was closed without a response") }
        let separator = Array("\r\n\r\n".utf8)
        let end = bytes.indices.first { bytes[$0...].starts(with: separator) } ?? bytes.count
        head = String(decoding: bytes[..<end], as: UTF8.self)
        body = String(decoding: bytes[min(end + separator.count, bytes.count)...], as: UTF8.self)
        let words = head.prefix { !$0.isNewline }.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), words[1].utf8.count == 3, let status = Int(words[1]) else {
            throw ConnectionFailure("the response is not HTTP")
        }
        self.status = status
    }

    /// The first field of this name, in any case.
    public func field(_ name: String) -> String? {
        for line in head.split(separator: "\r\n").dropFirst() where line.lowercased().hasPrefix(name.lowercased() + ":") {
            return String(line.dropFirst(name.count + 1).drop { $0 == " " })
        }
        return nil
    }

    /// The status and the beginning of the body, on one line.
    public var summary: String {
        let text = body.split(whereSeparator: \.isNewline).joined(separator: " ")
        return text.isEmpty ? "status \(status)" : "status \(status): \(text.prefix(500))"
    }
}
