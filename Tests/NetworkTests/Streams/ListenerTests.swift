import CLinux
import Foundation
import TestSupport
import Testing

@testable import Network

@Suite struct ListenerTests {
    private func socketPath() -> String { NSTemporaryDirectory() + "zg-\(UUID().uuidString.prefix(8)).sock" }

    @Test func `a port of 0 is replaced by the one that the kernel chose`() throws {
        let socket = try ListeningSocket(.tcp(host: "127.0.0.1", port: 0))
        guard case .tcp(_, let port) = socket.address else { return #expect(Bool(false)) }
        #expect(port > 0)
    }

    @Test func `an address in use is refused by its name`() throws {
        let first = try ListeningSocket(.tcp(host: "127.0.0.1", port: 0))
        let error = #expect(throws: SystemError.self) { try ListeningSocket(first.address) }
        #expect(error?.description.contains("\(first.address)") == true)
        #expect(error?.code == EADDRINUSE)
    }

    @Test func `a stale Unix socket is replaced, one in use is not`() throws {
        let path = socketPath()
        defer { unlink(path) }
        do { _ = try ListeningSocket(.unix(path: path)) }
        let second = try ListeningSocket(.unix(path: path))
        #expect(throws: SystemError.self) { try ListeningSocket(.unix(path: path)) }
        _ = second
    }

    @Test func `a path that another has bound since is not removed`() throws {
        let path = socketPath()
        defer { unlink(path) }
        let first = try ListeningSocket(.unix(path: path))
        unlink(path)
        let second = try ListeningSocket(.unix(path: path))
        first.unlinkPath()
        #expect(access(path, F_OK) == 0)
        second.unlinkPath()
        #expect(access(path, F_OK) != 0)
    }

    @Test func `a file that is no socket is never replaced, and the error says so`() throws {
        let path = socketPath()
        defer { unlink(path) }
        try "precious".write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: SystemError.self) { try ListeningSocket(.unix(path: path)) }
        #expect(error?.description.contains("\(path), which is not a socket") == true)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }

    @Test func `a Unix socket gets its mode`() throws {
        let path = socketPath()
        let socket = try ListeningSocket(.unix(path: path, mode: 0o600))
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        socket.unlinkPath()
        #expect(stat(path, &status) != 0)
    }

    @Test func `an accepted connection carries its peer's credentials`() async throws {
        let path = socketPath()
        let uid = try await TestLoop.with { loop -> UInt32? in
            let socket = try ListeningSocket(.unix(path: path))
            defer { socket.unlinkPath() }
            let reactor = loop.reactor
            let client = Foundation.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(client) }
            return await withUnsafeContinuation { continuation in
                var kept: Listener?
                kept = try? Listener(socket, reactor: reactor) { descriptor in
                    let stream = try? Stream(descriptor: descriptor, reactor: reactor)
                    continuation.resume(returning: stream?.peerCredentials?.uid)
                    kept?.stop()
                    kept = nil
                }
                _ = UnixSocket.withAddress(path) { connect(client, $0, $1) }
            }
        }
        #expect(uid == getuid())
    }
}
