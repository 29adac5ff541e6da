import Foundation
import TestSupport

/// A listener on a free port of 127.0.0.1 that serves each connection on a thread of its own.
final class LoopbackServer: Sendable {
    let port: Int
    private let descriptor: Int32

    init() throws {
        guard let (descriptor, port) = LoopbackSocket.bind() else { throw Wire.Failure.connect(errno) }
        self.descriptor = descriptor
        self.port = Int(port)
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
