import Foundation
import Synchronization

/// A listener on a free port of 127.0.0.1 that serves each connection on a thread of its own.
public final class LoopbackServer: Sendable {
    public let port: Int
    private let descriptor: Int32
    private let accepted = Atomic(0)

    /// Connections accepted so far.
    public var connections: Int { accepted.load(ordering: .sequentiallyConsistent) }

    /// - Parameter backlog: connections that may wait to be accepted.
    public init(backlog: Int32 = 64) throws {
        guard let (descriptor, port) = LoopbackSocket.bind(backlog: backlog) else { throw LoopbackSocket.Unavailable() }
        self.descriptor = descriptor
        self.port = Int(port)
    }

    /// To be called once.
    /// - Parameter serve: gets each connection's descriptor, which is closed when it returns, and its number, from 0.
    public func start(_ serve: @escaping @Sendable (Int32, Int) -> Void) {
        let listener = descriptor
        Thread.detachNewThread { [self] in
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                let number = accepted.wrappingAdd(1, ordering: .sequentiallyConsistent).oldValue
                Thread.detachNewThread {
                    serve(connection, number)
                    close(connection)
                }
            }
            // Not by `stop`: the number could be another socket's before it gets back to `accept`.
            close(listener)
        }
    }

    /// Refuses connections from now on.
    public func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
