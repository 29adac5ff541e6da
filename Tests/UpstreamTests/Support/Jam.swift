import CLinux
import Foundation
import Glibc

/// A port of loopback that accepts nothing and whose backlog is full.
final class Jam {
    let port: Int
    private var descriptors: [Int32]

    init() {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        descriptors = [listener]
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        port = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                precondition(bind(listener, general, size) == 0 && listen(listener, 0) == 0)
                getsockname(listener, general, &size)
            }
            return Int(UInt16(bigEndian: address.pointee.sin_port))
        }
        // Until one gets no reply: then the queue is full.
        var isFull = false
        while !isFull {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            _ = zg_set_nonblocking(descriptor, 1)
            withUnsafePointer(to: &address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(descriptor, $0, size) }
            }
            descriptors.append(descriptor)
            var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            isFull = poll(&state, 1, 50) == 0
        }
    }

    func end() { for descriptor in descriptors { close(descriptor) } }
}
