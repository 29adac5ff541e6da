import COpenSSL
import Foundation
import Policy
import TestSupport
import Testing
import Wire

@testable import Network

@Suite(.timeLimit(.minutes(2)))
struct TLSRecordTests {
    let context: TLSServerContext

    init() throws {
        let tree = try CertificateTree()
        try tree.issue("server")
        context = try TLSServerContext(.init(certificate: tree.path("server.pem"), key: tree.path("server.key")))
    }

    @Test func `records that come one byte at a time are put together`() async throws {
        let text = String(repeating: "abcdefghij", count: 30)
        let outcome = try await TLSConnection.run(context, .init(pieceSize: 1)) { client in
            #expect(client.handshake() == nil)
            client.write(text)
            return client.read()
        } server: { stream in
            let bytes = await stream.read(text.utf8.count)
            _ = await stream.writeAll([0x2e])
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(try outcome.server.get() == text)
        #expect(outcome.client == .bytes([0x2e]))
    }

    /// The socket is drained by the first of them: what the others hold must not wait for an event that never comes.
    @Test func `many records in one segment are all read`() async throws {
        let outcome = try await TLSConnection.run(context) { client in
            #expect(client.handshake() == nil)
            client.send((0..<50).flatMap { client.encrypt("\($0),") })
            return client.read()
        } server: { stream in
            let bytes = await stream.read((0..<50).map { "\($0),".utf8.count }.reduce(0, +))
            _ = await stream.writeAll([0x2e])
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(try outcome.server.get() == (0..<50).map { "\($0)," }.joined())
        #expect(outcome.client == .bytes([0x2e]))
    }

    @Test func `a record larger than the reader's buffer is read in parts`() async throws {
        let sent = (0..<16_000).map { UInt8(truncatingIfNeeded: $0) }
        let outcome = try await TLSConnection.run(context) { client in
            #expect(client.handshake() == nil)
            client.write(sent)
            return client.read()
        } server: { stream in
            var buffer = ByteBuffer(capacity: 100)
            var bytes: [UInt8] = []
            while bytes.count < sent.count {
                switch stream.read(into: &buffer) {
                case .bytes:
                    bytes += buffer.copy(0..<buffer.count)
                    buffer.removeAll()
                case .wouldBlock: _ = await stream.waitReadable(until: .now() + .seconds(20))
                case .end, .failed: return bytes
                }
            }
            _ = await stream.writeAll([0x2e])
            return bytes
        }
        #expect(try outcome.server.get() == sent)
        #expect(outcome.client == .bytes([0x2e]))
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func `megabytes go both ways whole`(version: Int32) async throws {
        let data = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let outcome = try await TLSConnection.run(context, .init(versions: version...version)) { client in
            #expect(client.handshake() == nil)
            client.write(data)
            var response: [UInt8] = []
            while response.count < data.count, case .bytes(let bytes) = client.read() { response += bytes }
            return response == data
        } server: { stream in
            let bytes = await stream.read(data.count)
            return await stream.writeAll(bytes) == data.count && bytes == data
        }
        #expect(try outcome.server.get())
        #expect(outcome.client)
    }

    @Test func `a client's close_notify reads as the end`() async throws {
        let outcome = try await TLSConnection.run(context) { client in
            #expect(client.handshake() == nil)
            client.closeNotify()
            return client.readAll().end
        } server: { stream in
            await stream.nextTransfer()
        }
        #expect(try outcome.server.get() == .end)
        #expect(outcome.client == .closed)
    }

    @Test func `a client that leaves without close_notify reads as the end`() async throws {
        // Not TLS 1.3: its session tickets may still be unread when the client closes, and then the kernel sends a reset.
        let versions = TLS1_2_VERSION...TLS1_2_VERSION
        let outcome = try await TLSConnection.run(context, .init(versions: versions)) { client in
            #expect(client.handshake() == nil)
        } server: { stream in
            await stream.nextTransfer()
        }
        #expect(try outcome.server.get() == .end)
    }

    @Test func `bytes that are no record break the connection`() async throws {
        let outcome = try await TLSConnection.run(context) { client in
            #expect(client.handshake() == nil)
            client.send([UInt8](repeating: 0x41, count: 64))
            return client.readAll().end
        } server: { stream in
            await stream.nextTransfer()
        }
        #expect(try outcome.server.get() == .failed(EPROTO))
        #expect(outcome.client != .closed)
    }

    @Test func `a close of ours says close_notify, so that the client knows that it has everything`() async throws {
        let outcome = try await TLSConnection.run(context) { client in
            #expect(client.handshake() == nil)
            return client.readAll()
        } server: { stream in
            await stream.writeAll(Array("everything".utf8))
        }
        #expect(outcome.client.end == .closed)
        #expect(String(decoding: outcome.client.bytes, as: UTF8.self) == "everything")
    }

    @Test func `a reset of ours says no close_notify`() async throws {
        let outcome = try await TLSConnection.run(context) { client in
            #expect(client.handshake() == nil)
            return client.readAll()
        } server: { stream in
            _ = await stream.writeAll(Array("a part".utf8))
            stream.reset()
        }
        #expect(outcome.client.end != .closed)
    }

    @Test func `a client that goes away while it is written to ends the writing, not the process`() async throws {
        let outcome = try await TLSConnection.run(context) { client in
            #expect(client.handshake() == nil)
            _ = client.read()
        } server: { stream in
            await stream.writeAll([UInt8](repeating: 1, count: 64 << 20))
        }
        #expect(try outcome.server.get() < 64 << 20)
    }
}
