import Network
import Policy
import Wire

/// Content that is too large to be kept, streamed upstream by a separate task, since the response may arrive before its end. It can be sent
/// only once.
///
///     waiting -> begin -> running -> ended
@safe final class Upload {
    private let reactor: Reactor
    private let gzip: GzipPool
    private let http: HTTPExchange
    private let recoding: HeaderPolicy.Recoding
    /// Bytes read before the content was known to be large.
    private var first: [UInt8]
    /// Whether there may be content left to send.
    private(set) var isRunning = false
    private var onEnd: UnsafeContinuation<Void, Never>?
    /// Why the content could not be read completely.
    private(set) var problem: Problem?

    init(_ content: RequestContent, of http: HTTPExchange, _ reactor: Reactor, _ gzip: GzipPool) {
        self.reactor = reactor
        self.gzip = gzip
        self.http = http
        recoding = content.recoding
        first = content.bytes
    }

    func begin(to exchange: UpstreamExchange) {
        guard !isRunning else { return }
        isRunning = true
        // The exchange may be returned, and serve another request, before this task has noticed.
        let uploader = exchange.uploader()
        reactor.spawn {
            do {
                if try await self.send(to: uploader) { await uploader.finish() }
            } catch {
                self.problem =
                    (error as? BodyError).map { Problem($0) } ?? (error as? GzipError).map { Problem(requestCoding: $0) }
                uploader.abort()
            }
            self.isRunning = false
            unsafe self.onEnd?.resume()
            unsafe self.onEnd = nil
        }
    }

    /// Waits until the task has released the caller's connection; interrupts it if the response came early.
    func stop() async {
        guard isRunning else { return }
        http.interruptBody()
        guard isRunning else { return }
        await unsafe withUnsafeContinuation { continuation in
            if isRunning { unsafe onEnd = continuation } else { unsafe continuation.resume() }
        }
    }

    /// - Returns: whether all of it was written; false if the upstream stopped reading.
    private func send(to uploader: UpstreamUploader) async throws -> Bool {
        switch recoding {
        case .asSent: try await pass(to: uploader)
        case .gzip: try await deflate(to: uploader)
        case .decoded: try await inflate(to: uploader)
        }
    }

    private func pass(to uploader: UpstreamUploader) async throws -> Bool {
        while let bytes = try await next() {
            guard await uploader.write(bytes.span) else { return false }
        }
        return true
    }

    private func deflate(to uploader: UpstreamUploader) async throws -> Bool {
        let deflater = try gzip.takeDeflater()
        defer { gzip.giveBack(deflater) }
        var output: [UInt8] = []
        var input: [UInt8]?
        repeat {
            input = try await next()
            let isWanted = try await deflater.deflate(input ?? [], input == nil ? .finish : .none, by: &output, on: reactor) {
                await uploader.write($0.span)
            }
            guard isWanted else { return false }
        } while input != nil
        return true
    }

    private func inflate(to uploader: UpstreamUploader) async throws -> Bool {
        let inflater = try gzip.takeInflater(limits: InflateLimits(total: http.bodyLimit))
        defer { gzip.giveBack(inflater) }
        var output: [UInt8] = []
        while let input = try await next() {
            guard try await inflater.inflate(input, by: &output, on: reactor, to: { await uploader.write($0.span) }) else {
                return false
            }
        }
        try inflater.finish()
        return true
    }

    /// The bytes read before, then further ones.
    private func next() async throws(BodyError) -> [UInt8]? {
        guard first.isEmpty else {
            defer { first = [] }
            return first
        }
        return try await http.nextBodyChunk()
    }
}
