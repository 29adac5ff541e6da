import Foundation

/// A listener on a free port of 127.0.0.1 that serves each connection on a thread of its own.
final class LoopbackServer: Sendable {
    let port: Int
    private let descriptor: Int32

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        var address = loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && listen(descriptor, 64) == 0 ? getsockname(descriptor, $0, &size) : -1
            }
        }
        guard code == 0 else { throw Wire.Failure.connect(errno) }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    /// - Parameter serve: gets each connection's descriptor, which is closed when it returns.
    func start(_ serve: @escaping @Sendable (Int32) -> Void) {
        let listener = descriptor
        Thread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Thread {
                    serve(connection)
                    close(connection)
                }.start()
            }
        }.start()
    }

    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }
}
