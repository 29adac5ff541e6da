import Foundation
import TestSupport

/// An upstream that gives out tokens, and responds to everything else with the same bytes.
final class CannedUpstream: @unchecked Sendable {
    // Unchecked: immutable after `init`.

    private let server: LoopbackServer
    private let response: [UInt8]

    /// - Parameter response: from the status line to the last byte, including its framing.
    init(response: [UInt8]) throws {
        self.response = response
        server = try LoopbackServer()
        server.start { [self] connection, _ in serve(connection) }
    }

    var port: Int { server.port }

    func stop() { server.stop() }

    private func serve(_ connection: Int32) {
        var pending = ""
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return }
            pending += String(decoding: chunk[..<count], as: UTF8.self)
            // The token call's form comes with its head, or right after; the others have no content.
            guard pending.contains("\r\n\r\n"), !pending.hasPrefix("POST") || pending.contains("grant_type") else { continue }
            let bytes = pending.hasPrefix("POST /oauth/token") ? Self.token : response
            pending = ""
            guard LoopbackSocket.send(connection, bytes) else { return }
        }
    }

    private static let token: [UInt8] = {
        let body = #"{"access_token":"canned-token","token_type":"bearer","expires_in":3600}"#
        return Array(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
    }()

    /// A gzip member (RFC 1952) of one byte value, repeated: a literal, then matches of 258 bytes at distance 1, in the fixed code of
    /// RFC 1951 section 3.2.6.
    static func gzip(repeating byte: UInt8, matches: Int) -> [UInt8] {
        precondition(byte < 144)
        var bits: [Bool] = []
        func put(_ value: Int, _ count: Int) { for i in (0..<count).reversed() { bits.append(value >> i & 1 == 1) } }
        // The last block, of type 1.
        bits += [true, true, false]
        put(0x30 + Int(byte), 8)
        for _ in 0..<matches {
            put(0b1100_0101, 8)
            put(0, 5)
        }
        put(0, 7)
        var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        for start in stride(from: 0, to: bits.count, by: 8) {
            var packed: UInt8 = 0
            for (place, bit) in bits[start..<min(start + 8, bits.count)].enumerated() where bit { packed |= 1 << UInt8(place) }
            bytes.append(packed)
        }
        let length = 1 + matches * 258
        for value in [crc(byte, length), UInt32(length)] {
            withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    private static func crc(_ byte: UInt8, _ count: Int) -> UInt32 {
        var table: [UInt32] = []
        for number in 0..<256 {
            var value = UInt32(number)
            for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
            table.append(value)
        }
        var crc = UInt32.max
        for _ in 0..<count { crc = table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ (crc >> 8) }
        return ~crc
    }
}
