import Foundation
import Synchronization
import TestSupport

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
        guard let listener = LoopbackSocket.bind() else { throw Unavailable() }
        (descriptor, port) = listener
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
            LoopbackSocket.send(client, rest.count > 1 ? rest.removeFirst() : rest.first ?? "")
            close(client)
        }
    }

    /// Ends the listener.
    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
