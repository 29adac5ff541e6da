import Dispatch
import Foundation
import Synchronization
import TestSupport
import Testing

extension TLSBench {
    /// A forward proxy that knows CONNECT only (RFC 9110 section 9.3.6), and takes every tunnel to one port of this machine.
    final class ConnectProxy: Sendable {
        let port: Int
        private let listener: Int32
        private let state = Mutex<[String]>([])

        /// - Parameter target: the port that tunnels end at.
        init(to target: Int) throws {
            port = try LoopbackSocket.freePort()
            let descriptor = try #require(LoopbackSocket.bind(port: UInt16(port))).descriptor
            listener = descriptor
            Thread.detachNewThread { [weak self] in
                while case let client = accept(descriptor, nil, nil), client >= 0 {
                    guard let proxy = self else { return }
                    Thread.detachNewThread { proxy.serve(client, target) }
                }
            }
        }

        deinit {
            shutdown(listener, Int32(SHUT_RDWR))
            close(listener)
        }

        /// The heads of the requests that came, in order.
        var requests: [String] { state.withLock { $0 } }

        private func serve(_ client: Int32, _ target: Int) {
            defer { close(client) }
            var head: [UInt8] = []
            var byte: UInt8 = 0
            while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                guard recv(client, &byte, 1, 0) == 1 else { return }
                head.append(byte)
            }
            state.withLock { $0.append(String(decoding: head, as: UTF8.self)) }
            guard let upstream = TLSBench.connect(port: target, seconds: 60) else { return }
            defer { close(upstream) }
            let response = "HTTP/1.1 200 Connection established\r\n\r\n"
            send(client, response, response.utf8.count, Int32(MSG_NOSIGNAL))
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
