import Foundation
import Network
import TestSupport
import Testing

@testable import ZuoraSandbox

extension RawClient {
    convenience init(_ server: SandboxServer) throws {
        guard case .tcp(_, let port) = server.address else { throw POSIXError(.EADDRNOTAVAIL) }
        try self.init(port: Int(port), limit: 20)
    }

    func send(_ method: String, _ path: String, fields: [Field] = [], body: [UInt8]? = nil, version: String = "1.1") {
        var head = "\(method) \(path) HTTP/\(version)\r\nHost: zuora.example\r\n"
        for field in fields { head += "\(field.name): \(field.value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        send(Array((head + "\r\n").utf8) + (body ?? []))
    }

    /// Sends a request and reads its response.
    func call(
        _ method: String, _ path: String, fields: [Field] = [], body: [UInt8]? = nil, version: String = "1.1"
    ) -> RawResponse {
        send(method, path, fields: fields, body: body, version: version)
        return response(toHead: method == "HEAD")
    }

    /// Whether nothing at all has arrived.
    func isSilent() -> Bool {
        var byte: UInt8 = 0
        return !hasUnread && recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) < 0 && errno == EAGAIN
    }

    /// Whether the server ends the connection cleanly, with nothing more to read.
    func isEnded() -> Bool {
        var byte: UInt8 = 0
        return !hasUnread && recv(descriptor, &byte, 1, Int32(MSG_PEEK)) == 0
    }
}

extension RawResponse {
    func json() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
    }
}
