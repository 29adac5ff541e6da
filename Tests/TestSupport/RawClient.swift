import Foundation

/// One blocking connection. It sends any bytes, and reads responses as strictly as a client must.
public final class RawClient: @unchecked Sendable {
    // Unchecked: used by one thread at a time.

    public enum Failure: Error, Equatable {
        case connect(Int32)
        /// Closed or reset before the first byte of a response.
        case noResponse
        /// Closed or reset in the middle of a response.
        case cut
        case timedOut
        case malformed(String)
    }

    private struct Broken: Error { var ending: RawResponse.Ending }

    public private(set) var descriptor: Int32
    private var input: [UInt8] = []
    /// Where in `input` that begins which belongs to no response yet.
    private var start = 0

    /// - Parameter limit: seconds after which a read or a write ends without data.
    public init(port: Int, limit: Int = 30) throws {
        guard let descriptor = LoopbackSocket.connect(port: UInt16(port), readTimeout: limit) else {
            throw Failure.connect(errno)
        }
        self.descriptor = descriptor
        var time = timeval(tv_sec: limit, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Takes over a connected socket.
    public init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close() }

    public func close() {
        if descriptor >= 0 { Foundation.close(descriptor) }
        descriptor = -1
    }

    /// Closes so that the peer sees a reset.
    public func reset() {
        LoopbackSocket.resetOnClose(descriptor)
        close()
    }

    public func closeSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// - Returns: whether all of it was taken by the kernel.
    @discardableResult
    public func send(_ text: String) -> Bool { LoopbackSocket.send(descriptor, text) }

    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool { LoopbackSocket.send(descriptor, bytes) }

    /// Whether bytes have been read that belong to no response yet.
    public var hasUnread: Bool { start < input.count }

    /// Reads one final response, which has to be whole.
    /// - Throws: `Failure`.
    public func receive(toHead: Bool = false) throws -> RawResponse {
        let response = self.response(toHead: toHead)
        switch response.ending {
        case .whole: return response
        case .closed, .reset: throw response.raw.isEmpty && !hasUnread ? Failure.noResponse : Failure.cut
        case .silent: throw Failure.timedOut
        case .malformed: throw Failure.malformed(String(decoding: response.raw, as: UTF8.self))
        }
    }

    /// Reads one final response, as far as it comes.
    /// - Parameters:
    ///   - toHead: whether HEAD was asked.
    ///   - sink: gets the body in pieces.
    public func response(toHead: Bool = false, sink: ((ArraySlice<UInt8>) -> Void)? = nil) -> RawResponse {
        var response = RawResponse()
        do throws(Broken) {
            repeat {
                if response.status > 0 { response.interim.append(response.status) }
                response.raw = []
                try readHead(&response)
            } while response.status < 200
            if !toHead, response.status != 204, response.status != 304 { try readBody(&response, sink) }
        } catch {
            response.ending = response.isCloseDelimited && error.ending == .closed ? .whole : error.ending
        }
        return response
    }

    private func readHead(_ response: inout RawResponse) throws(Broken) {
        let parts = try readLine(&response.raw).split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0] == "HTTP/1.1", let status = Int(parts[1]), status >= 100 else {
            throw Broken(ending: .malformed)
        }
        var fields: [(name: String, value: String)] = []
        while true {
            let line = try readLine(&response.raw)
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: ":") else { throw Broken(ending: .malformed) }
            fields.append((String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)))
        }
        (response.status, response.fields) = (status, fields)
    }

    private func readBody(_ response: inout RawResponse, _ sink: ((ArraySlice<UInt8>) -> Void)?) throws(Broken) {
        if response["Transfer-Encoding"]?.lowercased() == "chunked" {
            while true {
                guard let size = Int(try readLine(&response.raw), radix: 16) else { throw Broken(ending: .malformed) }
                try read(size, &response, sink)
                guard try readLine(&response.raw).isEmpty else { throw Broken(ending: .malformed) }
                if size == 0 { return }
                response.chunks.append(size)
            }
        } else if let text = response["Content-Length"] {
            guard let length = Int(text) else { throw Broken(ending: .malformed) }
            try read(length, &response, sink)
        } else {
            response.isCloseDelimited = true
            try read(.max, &response, sink)
        }
    }

    private func readLine(_ raw: inout [UInt8]) throws(Broken) -> String {
        while true {
            if let end = input[start...].firstIndex(of: 10) {
                guard end > start, input[end - 1] == 13 else { throw Broken(ending: .malformed) }
                let line = input[start...end]
                consume(line.count)
                raw += line
                return String(decoding: line.dropLast(2), as: UTF8.self)
            }
            try readMore()
        }
    }

    private func read(_ count: Int, _ response: inout RawResponse, _ sink: ((ArraySlice<UInt8>) -> Void)?) throws(Broken) {
        var left = count
        while left > 0 {
            if !hasUnread { try readMore() }
            let part = input[start...].prefix(left)
            left -= part.count
            consume(part.count)
            if let sink {
                sink(part)
            } else {
                response.body += part
                response.raw += part
            }
        }
    }

    private func consume(_ count: Int) {
        start += count
        guard start == input.count else { return }
        input = []
        start = 0
    }

    private func readMore() throws(Broken) {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { throw Broken(ending: count == 0 ? .closed : errno == EAGAIN ? .silent : .reset) }
        input += chunk[..<count]
    }
}
