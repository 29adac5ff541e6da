import Foundation
import Network
import TestSupport
import Testing

@testable import ZuoraSandbox

/// A blocking connection that reads responses as strictly as a client must.
final class Connection {
    private let descriptor: Int32
    private var unread: [UInt8] = []

    init(_ server: SandboxServer) throws {
        guard case .tcp(_, let port) = server.address else { throw POSIXError(.EADDRNOTAVAIL) }
        descriptor = try #require(LoopbackSocket.connect(port: port, readTimeout: 20))
    }

    deinit { close(descriptor) }

    /// How the reading of a response ended.
    enum Ending: Equatable {
        case whole
        /// The server closed before the end.
        case closed
        case reset
        /// Nothing came for a long time.
        case silent
        case malformed
    }

    struct Response {
        var status = 0
        var fields: [Field] = []
        var body: [UInt8] = []
        var ending = Ending.whole
        var interim: [Int] = []
        /// Sizes of the chunks, without the last one.
        var chunks: [Int] = []
        /// Whether the end of the connection is the end of the body.
        var isCloseDelimited = false

        var text: String { String(decoding: body, as: UTF8.self) }
        func json() throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
        }
    }

    func send(_ bytes: [UInt8]) { LoopbackSocket.send(descriptor, bytes) }

    func send(_ method: String, _ path: String, fields: [Field] = [], body: [UInt8]? = nil, version: String = "1.1") {
        var head = "\(method) \(path) HTTP/\(version)\r\nHost: zuora.example\r\n"
        for field in fields { head += "\(field.name): \(field.value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        send(Array((head + "\r\n").utf8) + (body ?? []))
    }

    /// Sends a request and reads its response.
    func call(
        _ method: String, _ path: String, fields: [Field] = [], body: [UInt8]? = nil, version: String = "1.1"
    ) -> Response {
        send(method, path, fields: fields, body: body, version: version)
        return receive(isHead: method == "HEAD")
    }

    /// Whether nothing at all has arrived.
    func isSilent() -> Bool {
        var byte: UInt8 = 0
        return unread.isEmpty && recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) < 0 && errno == EAGAIN
    }

    /// Whether the server ends the connection cleanly, with nothing more to read.
    func isEnded() -> Bool {
        var byte: UInt8 = 0
        return unread.isEmpty && recv(descriptor, &byte, 1, Int32(MSG_PEEK)) == 0
    }

    /// Reads one response.
    /// - Parameter sink: gets the body in pieces; the response has none then.
    func receive(isHead: Bool = false, sink: ((ArraySlice<UInt8>) -> Void)? = nil) -> Response {
        var response = Response()
        func take(_ bytes: ArraySlice<UInt8>) { if let sink { sink(bytes) } else { response.body += bytes } }
        do {
            repeat {
                if response.status > 0 { response.interim.append(response.status) }
                (response.status, response.fields) = try head()
            } while response.status < 200
            if isHead || response.status == 204 || response.status == 304 { return response }
            if response.fields.first("Transfer-Encoding") == "chunked" {
                while true {
                    guard let size = Int(try line(), radix: 16) else { throw Broken(ending: .malformed) }
                    try exactly(size, take)
                    guard try line().isEmpty else { throw Broken(ending: .malformed) }
                    if size == 0 { return response }
                    response.chunks.append(size)
                }
            } else if let length = response.fields.first("Content-Length").flatMap({ Int($0) }) {
                try exactly(length, take)
            } else {
                response.isCloseDelimited = true
                try exactly(.max, take)
            }
        } catch let broken as Broken {
            response.ending = response.isCloseDelimited && broken.ending == .closed ? .whole : broken.ending
        } catch {
            response.ending = .malformed
        }
        return response
    }

    private struct Broken: Error { var ending: Ending }

    private func head() throws -> (Int, [Field]) {
        let parts = try line().split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0] == "HTTP/1.1", let status = Int(parts[1]) else { throw Broken(ending: .malformed) }
        var fields: [Field] = []
        while true {
            let line = try line()
            if line.isEmpty { return (status, fields) }
            guard let colon = line.firstIndex(of: ":") else { throw Broken(ending: .malformed) }
            fields.append(
                Field(String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)))
        }
    }

    private func line() throws -> String {
        while true {
            if let end = unread.firstIndex(of: 10) {
                guard end > 0, unread[end - 1] == 13 else { throw Broken(ending: .malformed) }
                let line = String(decoding: unread[..<(end - 1)], as: UTF8.self)
                unread.removeFirst(end + 1)
                return line
            }
            try readMore()
        }
    }

    private func exactly(_ count: Int, _ sink: (ArraySlice<UInt8>) -> Void) throws {
        var left = count
        while left > 0 {
            if unread.isEmpty { try readMore() }
            let part = unread.prefix(left)
            left -= part.count
            sink(part)
            unread.removeFirst(part.count)
        }
    }

    private func readMore() throws {
        let space = 256 << 10
        let bytes = [UInt8](unsafeUninitializedCapacity: space) { buffer, count in
            count = max(-1, recv(descriptor, buffer.baseAddress, space, 0))
            if count < 0 {
                broken = errno == ECONNRESET ? .reset : .silent
                count = 0
            } else {
                broken = count == 0 ? .closed : nil
            }
        }
        if let broken { throw Broken(ending: broken) }
        unread += bytes
    }

    private var broken: Ending?
}
