import Foundation
import TestSupport

/// A response as it came over the socket.
struct Response: Sendable {
    var status = 0
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// Every byte of it.
    var raw: [UInt8] = []

    /// The value of the first field with this name, whatever its case.
    subscript(_ name: String) -> String? { all(name).first }

    func all(_ name: String) -> [String] { fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value) }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as a JSON object; empty if it is none.
    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:] }

    var trackID: String? { self["Zuora-Track-Id"] }
    var outcome: String? { self["Gateway-Outcome"] }
    /// The last part of the problem's type, for a response of the gateway's own.
    var problem: String? {
        guard self["Content-Type"] == "application/problem+json", let type = json["type"] as? String else { return nil }
        return type.split(separator: ":").last.map(String.init)
    }
}

/// One TCP connection to 127.0.0.1, blocking, with a limit on every wait.
final class Wire: @unchecked Sendable {
    // Unchecked: used by one thread at a time.

    enum Failure: Error, Equatable {
        case connect(Int32)
        /// Closed or reset before the first byte of a response.
        case noResponse
        /// Closed or reset in the middle of a response.
        case cut
        case timedOut
        case malformed(String)
    }

    private(set) var descriptor: Int32
    /// Bytes that have come and belong to no response yet.
    private(set) var pending: [UInt8] = []

    init(port: Int, limit: Int = 30) throws {
        guard let descriptor = LoopbackSocket.connect(port: UInt16(port), readTimeout: limit) else {
            throw Failure.connect(errno)
        }
        self.descriptor = descriptor
        var time = timeval(tv_sec: limit, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close() }

    func close() {
        if descriptor >= 0 { Foundation.close(descriptor) }
        descriptor = -1
    }

    /// Closes so that the peer sees a reset.
    func reset() {
        LoopbackSocket.resetOnClose(descriptor)
        close()
    }

    /// Waits, without reading, until the peer has reset the connection or closed it; at most 20 seconds.
    func waitForReset() -> Bool {
        // With no event asked for, poll(2) tells of errors and hang-ups alone.
        var source = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&source, 1, 20_000) > 0
    }

    func closeSendingSide() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// - Returns: whether all of it was taken by the kernel.
    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool { LoopbackSocket.send(descriptor, bytes) }

    @discardableResult
    func send(_ request: Request) -> Bool { send(request.bytes) }

    func exchange(_ request: Request) throws -> Response {
        send(request)
        return try receive(toHead: request.method == "HEAD")
    }

    /// Reads one final response; interim ones are skipped.
    func receive(toHead: Bool = false) throws -> Response {
        while true {
            let response = try receiveOne(toHead: toHead)
            if response.status >= 200 { return response }
        }
    }

    private func receiveOne(toHead: Bool) throws -> Response {
        let mark = Array("\r\n\r\n".utf8)
        var searched = 0
        var headEnd: Int?
        while headEnd == nil {
            headEnd = pending.firstRange(of: mark, from: searched)?.upperBound
            searched = max(0, pending.count - 3)
            if headEnd == nil, try !more() { throw pending.isEmpty ? Failure.noResponse : Failure.cut }
        }
        var response = Response()
        let length = headEnd ?? 0
        let lines = String(decoding: pending[..<length], as: UTF8.self).components(separatedBy: "\r\n")
        response.status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        guard lines[0].hasPrefix("HTTP/1.1 "), response.status > 0 else { throw Failure.malformed(lines[0]) }
        for line in lines.dropFirst() where !line.isEmpty {
            guard let colon = line.firstIndex(of: ":") else { throw Failure.malformed(line) }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            response.fields.append((String(line[..<colon]), value))
        }
        var used = length
        if response.status >= 200, !toHead, response.status != 204, response.status != 304 {
            used = try receiveBody(&response, from: length)
        }
        response.raw = Array(pending[..<used])
        pending.removeFirst(used)
        return response
    }

    /// - Returns: the offset of its end in `pending`.
    private func receiveBody(_ response: inout Response, from start: Int) throws -> Int {
        if response["Transfer-Encoding"]?.lowercased() == "chunked" { return try receiveChunks(&response, from: start) }
        guard let text = response["Content-Length"] else {
            while try more() {}
            response.body = Array(pending[start...])
            return pending.count
        }
        guard let length = Int(text) else { throw Failure.malformed(text) }
        while pending.count < start + length { if try !more() { throw Failure.cut } }
        response.body = Array(pending[start..<start + length])
        return start + length
    }

    private func receiveChunks(_ response: inout Response, from start: Int) throws -> Int {
        var offset = start
        let mark = Array("\r\n".utf8)
        while true {
            var end = pending.firstRange(of: mark, from: offset)
            while end == nil {
                if try !more() { throw Failure.cut }
                end = pending.firstRange(of: mark, from: offset)
            }
            guard let line = end, let size = Int(String(decoding: pending[offset..<line.lowerBound], as: UTF8.self), radix: 16)
            else { throw Failure.malformed("chunk size") }
            while pending.count < line.upperBound + size + 2 { if try !more() { throw Failure.cut } }
            response.body += pending[line.upperBound..<line.upperBound + size]
            offset = line.upperBound + size + 2
            if size == 0 { return offset }
        }
    }

    /// - Returns: false at the end of the connection.
    private func more() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count > 0 {
            pending += chunk[..<count]
            return true
        }
        if count < 0, errno == EAGAIN { throw Failure.timedOut }
        return false
    }
}

extension [UInt8] {
    fileprivate func firstRange(of mark: [UInt8], from start: Int) -> Range<Int>? {
        guard count >= mark.count, start <= count - mark.count else { return nil }
        for i in start...(count - mark.count) where self[i] == mark[0] && self[i..<i + mark.count].elementsEqual(mark) {
            return i..<i + mark.count
        }
        return nil
    }
}
