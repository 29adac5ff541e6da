import CLinux
import Foundation
import Glibc
import TestSupport

/// A server on loopback that runs a script for each connection, on a thread of its own, with blocking sockets.
final class ScriptedServer: Sendable {
    var port: Int { server.port }
    var url: String { "http://127.0.0.1:\(port)" }
    private let server: LoopbackServer
    /// Connections taken so far.
    var connections: Int { server.connections }

    /// - Parameter script: gets each connection and its number, from 0; the connection is closed when it returns.
    init(_ script: @escaping @Sendable (Connection, Int) -> Void) {
        do { server = try LoopbackServer(backlog: 512) } catch { preconditionFailure("no free port") }
        server.start { script(Connection($0), $1) }
    }
}

/// A server's side of one connection.
final class Connection: @unchecked Sendable {
    // Used by its script's thread alone.
    let descriptor: Int32
    private var input: [UInt8] = []

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    }

    /// A request's head with its empty line; nil at the end of the connection.
    func readHead() -> String? {
        while true {
            if let end = input.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: input[..<end.upperBound], as: UTF8.self)
                input.removeSubrange(..<end.upperBound)
                return head
            }
            guard fill() else { return nil }
        }
    }

    /// Exactly `count` bytes, or fewer at the end of the connection.
    func read(_ count: Int) -> [UInt8] {
        while input.count < count, fill() {}
        let bytes = Array(input.prefix(count))
        input.removeFirst(bytes.count)
        return bytes
    }

    /// A chunked content, decoded.
    func readChunked() -> [UInt8]? {
        var content: [UInt8] = []
        while let line = readLine(), let size = Int(line, radix: 16) {
            content += read(size)
            guard read(2) == [13, 10] else { return nil }
            if size == 0 { return content }
        }
        return nil
    }

    private func readLine() -> String? {
        while true {
            if let end = input.firstRange(of: [13, 10]) {
                let line = String(decoding: input[..<end.lowerBound], as: UTF8.self)
                input.removeSubrange(..<end.upperBound)
                return line
            }
            guard fill() else { return nil }
        }
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        chunk.removeLast(chunk.count - count)
        input += chunk
        return true
    }

    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool { LoopbackSocket.send(descriptor, bytes) }

    /// What the kernel takes at once.
    /// - Returns: bytes, or -1 when it takes none.
    func writeSome(_ bytes: [UInt8]) -> Int { send(descriptor, bytes, bytes.count, zg_msg_nosignal | Int32(MSG_DONTWAIT)) }

    /// Waits for the other side to close.
    func waitForEnd() { while fill() { input.removeAll() } }

    /// Has the other side see a reset when the script returns.
    func resetOnReturn() { LoopbackSocket.resetOnClose(descriptor) }
}

extension String {
    /// A response with a Content-Length, and further field lines.
    static func response(_ body: String, status: String = "200 OK", fields: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
    }
}
