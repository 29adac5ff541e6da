import Dispatch
import Foundation
import Synchronization
import TestSupport

extension TLSBench {
    /// A forward proxy that knows CONNECT only (RFC 9110 section 9.3.6), and takes every tunnel to one port of this machine.
    final class ConnectProxy: Sendable {
        private let server: LoopbackServer
        private let state = Mutex<[String]>([])

        /// - Parameter target: the port that tunnels end at.
        init(to target: Int) throws {
            server = try LoopbackServer()
            server.start { [weak self] client, _ in self?.serve(client, target) }
        }

        deinit { server.stop() }

        var port: Int { server.port }

        /// The heads of the requests that came, in order.
        var requests: [String] { state.withLock { $0 } }

        private func serve(_ client: Int32, _ target: Int) {
            var head: [UInt8] = []
            var byte: UInt8 = 0
            while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                guard recv(client, &byte, 1, 0) == 1 else { return }
                head.append(byte)
            }
            state.withLock { $0.append(String(decoding: head, as: UTF8.self)) }
            guard let upstream = TLSBench.connect(port: target, seconds: 60) else { return }
            defer { close(upstream) }
            LoopbackSocket.send(client, "HTTP/1.1 200 Connection established\r\n\r\n")
            let end = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                Self.copy(upstream, client)
                end.signal()
            }
            Self.copy(client, upstream)
            end.wait()
        }

        private static func copy(_ from: Int32, _ to: Int32) {
            var bytes = [UInt8](repeating: 0, count: 16 << 10)
            while case let count = recv(from, &bytes, bytes.count, 0), count > 0 {
                if send(to, bytes, count, Int32(MSG_NOSIGNAL)) != count { break }
            }
            shutdown(to, Int32(SHUT_RDWR))
            shutdown(from, Int32(SHUT_RDWR))
        }
    }
}
