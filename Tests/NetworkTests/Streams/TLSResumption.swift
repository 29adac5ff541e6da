import COpenSSL
import Testing
import Wire

@testable import Network

/// Two connections of one client, the second of which offers the session of the first.
enum TLSResumption {
    struct Outcome: Sendable {
        var isResumed: Bool
        /// Why the second handshake failed.
        var failure: String?
        /// The client's names as the server sees them in the second connection.
        var names: [String]
    }

    /// A session on its way from one thread to another, which hold it one after the other.
    private struct Session: @unchecked Sendable { let pointer: OpaquePointer }

    static func run(
        _ context: TLSServerContext, _ options: TLSClient.Options = .init(), then second: TLSServerContext? = nil,
        between: () -> Void = {}
    ) async throws -> Outcome {
        let first = try await TLSConnection.run(context, options) { client in
            #expect(client.handshake() == nil)
            // The ticket of TLS 1.3 comes after the handshake.
            #expect(client.read() == .bytes([0x2e]))
            // A session whose connection ends without one is not offered again (SSL_shutdown(3)).
            client.closeNotify()
            return Session(pointer: try #require(client.takeSession()))
        } server: { stream in
            await stream.writeAll([0x2e])
        }
        between()
        let (ours, theirs) = StreamTests.pair()
        let next = second ?? context
        let session = first.client
        async let response = TLSClient.with(theirs, options, resuming: { session.pointer }) { client in
            let failure = client.handshake()
            let outcome = failure == nil ? client.read() : nil
            return (client.isResumed && outcome == .bytes([0x2e]), failure)
        }
        let names: [String] = try await TestLoop.with { loop in
            let stream = try Stream(descriptor: ours, reactor: loop.reactor)
            defer { stream.close() }
            do throws(TLSError) { try await stream.acceptTLS(next, deadline: .now() + .seconds(20)) } catch { return [] }
            _ = await stream.writeAll([0x2e])
            return stream.subjectAlternativeNames
        }
        let (isResumed, failure) = try await response
        SSL_SESSION_free(session.pointer)
        return Outcome(isResumed: isResumed, failure: failure, names: names)
    }
}
