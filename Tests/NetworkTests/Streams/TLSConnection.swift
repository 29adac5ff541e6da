import Testing
import Wire

@testable import Network

/// One TLS connection: our side on a loop, the client's on a thread.
enum TLSConnection {
    struct Outcome<Server: Sendable, Client: Sendable>: Sendable {
        let server: Result<Server, TLSError>
        let client: Client

        var refusal: String? {
            if case .failure(let error) = server { error.description } else { nil }
        }
    }

    static func run<Server: Sendable, Client: Sendable>(
        _ context: TLSServerContext, _ options: TLSClient.Options = .init(),
        client: @escaping @Sendable (TLSClient) throws -> Client,
        server: @escaping @Sendable (Stream) async -> Server
    ) async throws -> Outcome<Server, Client> {
        let (ours, theirs) = StreamTests.pair()
        async let response = TLSClient.with(theirs, options, client)
        let result = try await TestLoop.with { loop in
            let stream = try Stream(descriptor: ours, reactor: loop.reactor)
            defer { stream.close() }
            do throws(TLSError) {
                try await stream.acceptTLS(context, deadline: .now() + .seconds(20))
            } catch {
                return Result<Server, TLSError>.failure(error)
            }
            return .success(await server(stream))
        }
        return Outcome(server: result, client: try await response)
    }

    /// The handshake alone, and what the client reads after it.
    static func shakeHands(_ context: TLSServerContext, _ options: TLSClient.Options = .init()) async throws -> Outcome<
        [String], (failure: String?, version: String, alpn: String?, next: TLSClient.Outcome?)
    > {
        try await run(context, options) { client in
            let failure = client.handshake()
            return (failure, client.version, client.protocolSelected, failure == nil ? client.read() : nil)
        } server: { stream in
            stream.subjectAlternativeNames
        }
    }
}

extension Stream {
    /// Reads until `count` bytes are there, or the end.
    func read(_ count: Int) async -> [UInt8] {
        var buffer = ByteBuffer(capacity: 16 << 10)
        var bytes: [UInt8] = []
        while bytes.count < count {
            switch read(into: &buffer) {
            case .bytes:
                bytes += buffer.copy(0..<buffer.count)
                buffer.removeAll()
            case .wouldBlock: guard await waitReadable(until: .now() + .seconds(20)) == .ready else { return bytes }
            case .end, .failed: return bytes
            }
        }
        return bytes
    }

    /// How the next read ends that does not have to wait.
    func nextTransfer() async -> Transfer {
        var buffer = ByteBuffer(capacity: 16 << 10)
        while true {
            let transfer = read(into: &buffer)
            guard transfer == .wouldBlock else { return transfer }
            guard await waitReadable(until: .now() + .seconds(20)) == .ready else { return .wouldBlock }
        }
    }

    /// - Returns: how many were written before the connection broke.
    func writeAll(_ bytes: [UInt8]) async -> Int {
        var sent = 0
        while sent < bytes.count {
            switch write(bytes.span.extracting(sent...)) {
            case .bytes(let count): sent += count
            case .wouldBlock: guard await waitWritable(until: .now() + .seconds(20)) == .ready else { return sent }
            case .end, .failed: return sent
            }
        }
        return sent
    }
}
