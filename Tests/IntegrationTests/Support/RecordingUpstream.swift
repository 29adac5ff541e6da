import Foundation
import TestSupport

/// An upstream that keeps every byte of the heads that reach it, and fails the first attempts at a job as the job's name says:
/// `401-…`, `429-…`, `503-…`, and `reset-…`, where the connection ends without a response.
final class RecordingUpstream: @unchecked Sendable {
    // Unchecked: `lock` guards what changes.

    /// A head that arrived.
    struct Arrival: Sendable {
        /// The request line.
        var line: String
        /// Field lines, byte for byte.
        var fields: [String]
    }

    private let server: LoopbackServer
    private let lock = NSLock()
    private var arrivals: [String: [Arrival]] = [:]
    private var tokens = 0
    private var malformed: [String] = []
    private var hook: (@Sendable (String, Int) -> Void)?

    init() throws {
        server = try LoopbackServer()
        server.start { [self] connection, _ in serve(connection) }
    }

    var port: Int { server.port }

    func stop() { server.stop() }

    /// Has `hook` called before a request is answered, with the job and the number of the request for it, from 1.
    func onArrival(_ hook: @escaping @Sendable (String, Int) -> Void) { lock.withLock { self.hook = hook } }

    /// The heads that came for a job, in order.
    func arrivals(_ job: String) -> [Arrival] { lock.withLock { arrivals[job] ?? [] } }

    /// Every job that something came for.
    var jobs: [String] { lock.withLock { arrivals.keys.sorted() } }

    /// How many tokens were given; the newest is `recorded-token-<count>`.
    var tokenCount: Int { lock.withLock { tokens } }

    /// What came and is no request as it should be.
    var oddities: [String] { lock.withLock { malformed } }

    private func serve(_ connection: Int32) {
        var pending: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            while let end = Self.headEnd(pending) {
                let head = String(decoding: pending[..<end], as: UTF8.self)
                let length = Self.length(head)
                guard pending.count >= end + length else { break }
                pending.removeFirst(end + length)
                guard let response = response(head), LoopbackSocket.send(connection, response) else { return }
            }
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else {
                if !pending.isEmpty { lock.withLock { malformed.append(String(decoding: pending, as: UTF8.self)) } }
                return
            }
            pending += chunk[..<count]
        }
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first {
            bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 && bytes[$0 + 3] == 10
        }
        .map { $0 + 4 }
    }

    private static func length(_ head: String) -> Int {
        let line = head.components(separatedBy: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        return line.flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
    }

    /// - Returns: nil for no response, and no connection any more.
    private func response(_ head: String) -> String? {
        let lines = head.components(separatedBy: "\r\n").filter { !$0.isEmpty }
        let words = (lines.first ?? "").split(separator: " ").map(String.init)
        guard words.count == 3, let job = words[1].split(separator: "/").last.map(String.init) else {
            lock.withLock { malformed.append(head) }
            return nil
        }
        if words[1] == "/oauth/token" {
            let number = lock.withLock {
                tokens += 1
                return tokens
            }
            return Self.json(200, #"{"access_token":"recorded-token-\#(number)","token_type":"bearer","expires_in":3600}"#)
        }
        let count = lock.withLock {
            arrivals[job, default: []].append(Arrival(line: lines[0], fields: Array(lines.dropFirst())))
            return arrivals[job]?.count ?? 0
        }
        if let hook = lock.withLock({ hook }) { hook(job, count) }
        let good = Self.json(200, #"{"id":"\#(job)","status":"cancelled"}"#)
        guard count == 1 else { return good }
        switch job.split(separator: "-").first {
        case "401": return Self.json(401, #"{"message":"Authentication error"}"#)
        case "429": return Self.json(429, #"{"message":"slow down"}"#, "Retry-After: 0\r\n")
        case "503": return Self.json(503, #"{"message":"out of order"}"#, "Retry-After: 0\r\n")
        case "reset": return nil
        default: return good
        }
    }

    private static func json(_ status: Int, _ body: String, _ more: String = "") -> String {
        "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\n\(more)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}
