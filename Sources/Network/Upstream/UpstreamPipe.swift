import Policy
import Wire

/// A connection for another protocol than HTTP, such as the store's: dialled like any upstream one, and never pooled. Belongs to its
/// client's loop.
public final class UpstreamPipe {
    private unowned let client: UpstreamClient
    private let connection: UpstreamConnection
    private var input = ByteBuffer(capacity: 4 << 10)
    /// Bytes to send, of which `sent` have been sent.
    private var output: [UInt8] = []
    private var sent = 0
    private var isFlushing = false

    fileprivate init(_ connection: UpstreamConnection, _ client: UpstreamClient) {
        self.connection = connection
        self.client = client
    }

    /// Sends the bytes after those sent before. A broken connection is reported by `read`.
    public func send(_ bytes: [UInt8]) {
        output += bytes
        if !isFlushing { flush() }
    }

    private func flush() {
        while sent < output.count, !connection.isClosed {
            let bytes = output
            switch connection.stream.write(bytes.span.extracting(sent..<bytes.count)) {
            case .bytes(let count): sent += count
            case .wouldBlock:
                isFlushing = true
                client.reactor.spawn { [self] in
                    _ = await connection.stream.waitWritable(until: .distantFuture)
                    isFlushing = false
                    flush()
                }
                return
            case .end, .failed: return close()
            }
        }
        // A password may have been among them.
        output.wipe()
        sent = 0
    }

    /// Suspends until bytes have arrived.
    /// - Returns: nil at the end of the connection.
    public func read() async -> [UInt8]? {
        while !connection.isClosed {
            input.reserve(4 << 10)
            switch connection.stream.read(into: &input) {
            case .bytes:
                let bytes = input.withUnread { $0.copy(0..<$0.count) }
                input.removeAll()
                return bytes
            case .wouldBlock: _ = await connection.stream.waitReadable(until: .distantFuture)
            case .end, .failed: return nil
            }
        }
        return nil
    }

    /// Closes it in any state; `read` returns nil.
    public func close() {
        guard !connection.isClosed else { return }
        client.discard(connection)
    }
}

extension UpstreamClient {
    /// Opens a connection for another protocol than HTTP.
    /// - Parameter onEnd: called once, possibly before this returns.
    public func open(_ target: UpstreamTarget, onEnd: @escaping (Result<UpstreamPipe, UpstreamFailure>) -> Void) {
        _ = dial(target, until: .distantFuture) { [unowned self] result in onEnd(result.map { UpstreamPipe($0, self) }) }
    }
}
