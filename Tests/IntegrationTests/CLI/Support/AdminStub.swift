import Foundation
import Synchronization
import TestSupport

/// An admin listener with the given responses, one per connection; the last one is repeated.
final class AdminStub: Sendable {
    private let server: LoopbackServer
    private let heads = Mutex<[String]>([])

    /// The request lines so far.
    var requestLines: [String] { heads.withLock { $0.map { String($0.prefix { $0 != "\r\n" }) } } }
    var requests: [String] { heads.withLock { $0 } }

    /// - Parameter responses: raw; an empty one closes the connection silently.
    init(_ responses: [String]) throws {
        server = try LoopbackServer()
        server.start { [self] client, number in
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = max(0, read(client, &buffer, buffer.count))
            heads.withLock { $0.append(String(decoding: buffer[..<count], as: UTF8.self)) }
            LoopbackSocket.send(client, number < responses.count ? responses[number] : responses.last ?? "")
        }
    }

    var port: Int { server.port }

    func stop() { server.stop() }
}
