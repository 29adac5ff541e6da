import Foundation
import Synchronization

/// An admin listener with the given responses, one per connection; the last one is repeated.
final class AdminStub: Sendable {
    private let descriptor: Int32
    let port: UInt16
    private let heads = Mutex<[String]>([])

    /// The request lines so far.
    var requestLines: [String] { heads.withLock { $0.map { String($0.prefix { $0 != "\r\n" }) } } }
    var requests: [String] { heads.withLock { $0 } }

    struct Unavailable: Error {}

    /// - Parameter responses: raw; an empty one closes the connection silently.
    init(_ responses: [String]) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(descriptor, name, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, name, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard isListening else { throw Unavailable() }
        Thread.detachNewThread { [self] in serve(responses) }
    }

    private func serve(_ responses: [String]) {
        var rest = responses[...]
        while true {
            let client = accept(descriptor, nil, nil)
            guard client >= 0 else { return }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = max(0, read(client, &buffer, buffer.count))
            heads.withLock { $0.append(String(decoding: buffer[..<count], as: UTF8.self)) }
            let response = rest.count > 1 ? rest.removeFirst() : rest.first ?? ""
            _ = Array(response.utf8).withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            close(client)
        }
    }

    /// Ends the listener.
    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
