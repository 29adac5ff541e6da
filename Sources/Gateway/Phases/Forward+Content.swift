import Configuration
import Network
import Policy
import Wire

/// The request's content on its way up: kept while it is small, streamed when it is not, recoded where the two sides differ.
extension Gateway {
    /// Reads the content as far as it is kept for a replay.
    func readRequestBody(_ exchange: Exchange) async throws(Problem) {
        let http = exchange.http
        guard http.declaredBodyLength != 0 else { return }
        exchange.requestBody.declared = http.declaredBodyLength
        http.bodyEnd = exchange.deadline.end
        do throws(BodyError) {
            while let chunk = try await http.nextBodyChunk() {
                if exchange.requestBody.bytes.isEmpty {
                    exchange.requestBody.bytes = chunk
                } else {
                    exchange.requestBody.bytes += chunk
                }
                countHeld(exchange)
                if exchange.requestBody.bytes.count > RequestContent.replayLimit {
                    exchange.requestBody.isWhole = http.isBodyComplete
                    break
                }
            }
        } catch {
            throw Problem(error)
        }
        guard !exchange.requestBody.bytes.isEmpty else { return }
        let plan = RequestCoding.decide(exchange.requestFacts, mode: exchange.tenant?.requestMode ?? .auto)
        exchange.requestRecoding = HeaderPolicy.Recoding(plan.body)
        if exchange.requestBody.isWhole {
            // Many at once are coded a few in each turn of the loop.
            if plan.body != .asIs, exchange.requestBody.bytes.count >= 16 << 10 { await reactor.yield() }
            try recodeWhole(exchange, plan.body)
            countHeld(exchange)
        }
        if !exchange.requestBody.isWhole, plan.body != .asIs {
            // What its length will be is not known.
            exchange.requestBody.declared = nil
        }
    }

    /// Gzip content that grows beyond this is decoded as a stream, like content that is too large to be kept.
    private static let smallContent = 1 << 20

    private func recodeWhole(_ exchange: Exchange, _ coding: CodingPlan.Body) throws(Problem) {
        let bytes = exchange.requestBody.bytes
        do throws(GzipError) {
            switch coding {
            case .asIs: return
            case .deflate:
                let deflater = try gzip.takeDeflater()
                defer { gzip.giveBack(deflater) }
                exchange.requestBody.bytes = try deflater.deflateWhole(bytes.span)
            case .inflate:
                let inflater = try gzip.takeInflater()
                defer { gzip.giveBack(inflater) }
                exchange.requestBody.bytes = try inflater.inflateWhole(
                    bytes.span, maximumOutput: min(bodyLimit(exchange), Self.smallContent))
            }
            exchange.requestBody.declared = exchange.requestBody.bytes.count
        } catch {
            if error == .tooLarge, bodyLimit(exchange) > Self.smallContent {
                exchange.requestBody.isWhole = false
                return
            }
            throw Problem(requestCoding: error)
        }
    }

    private func bodyLimit(_ exchange: Exchange) -> Int { exchange.http.bodyLimit }

    /// Streams a large body, in a task of its own: the answer may come before its end.
    func pumpBody(_ exchange: Exchange, _ transfer: UpstreamExchange) {
        exchange.isPumping = true
        countHeld(exchange)
        reactor.spawn {
            do {
                let isWanted =
                    switch exchange.requestRecoding {
                    case .asSent: try await self.pass(exchange, to: transfer)
                    case .gzip: try await self.deflate(exchange, to: transfer)
                    case .decoded: try await self.inflate(exchange, to: transfer)
                    }
                if isWanted { await transfer.finishBody() }
            } catch {
                exchange.bodyProblem =
                    (error as? BodyError).map { Problem($0) } ?? (error as? GzipError).map { Problem(requestCoding: $0) }
                transfer.abortBody()
            }
            exchange.isPumping = false
            exchange.onPumpEnd?()
        }
    }

    /// - Returns: whether all of it was written; false when the upstream wants no more.
    private func pass(_ exchange: Exchange, to transfer: UpstreamExchange) async throws -> Bool {
        var chunk = try await nextChunk(exchange)
        while let bytes = chunk {
            guard await transfer.write(bytes.span) else { return false }
            chunk = try await nextChunk(exchange)
        }
        return true
    }

    private func deflate(_ exchange: Exchange, to transfer: UpstreamExchange) async throws -> Bool {
        let deflater = try gzip.takeDeflater()
        defer { gzip.giveBack(deflater) }
        var output: [UInt8] = []
        var chunk: [UInt8]?
        repeat {
            chunk = try await nextChunk(exchange)
            let flush: Deflater.Flush = chunk == nil ? .finish : .none
            let isWanted = try await deflate(chunk ?? [], deflater, flush, by: &output) { await transfer.write($0.span) }
            guard isWanted else { return false }
        } while chunk != nil
        return true
    }

    private func inflate(_ exchange: Exchange, to transfer: UpstreamExchange) async throws -> Bool {
        let inflater = try gzip.takeInflater(limits: InflateLimits(total: bodyLimit(exchange)))
        defer { gzip.giveBack(inflater) }
        var output: [UInt8] = []
        while let input = try await nextChunk(exchange) {
            let isWanted = try await inflate(input, inflater, by: &output) { await transfer.write($0.span) }
            guard isWanted else { return false }
        }
        try inflater.finish()
        return true
    }

    /// What was read before, then what comes.
    private func nextChunk(_ exchange: Exchange) async throws(BodyError) -> [UInt8]? {
        guard exchange.requestBody.bytes.isEmpty else {
            defer { exchange.requestBody.bytes = [] }
            return exchange.requestBody.bytes
        }
        return try await exchange.http.nextBodyChunk()
    }

    /// Waits until the pump has let go of the connection; if the answer came early, by interrupting it.
    func stopPump(_ exchange: Exchange) async {
        guard exchange.isPumping else { return }
        exchange.http.interruptBody()
        if !exchange.isPumping { return }
        await withCheckedContinuation { continuation in exchange.onPumpEnd = { continuation.resume() } }
        exchange.onPumpEnd = nil
    }
}

extension HeaderPolicy.Recoding {
    fileprivate init(_ coding: CodingPlan.Body) {
        self =
            switch coding {
            case .asIs: .asSent
            case .deflate: .gzip
            case .inflate: .decoded
            }
    }
}

extension Problem {
    init(_ error: BodyError) {
        switch error {
        case .refused(let refusal): self.init(body: refusal)
        case .connectionLost: self = .clientGone
        }
    }

    /// The caller's gzip cannot be decoded, or not within the limit on bodies.
    fileprivate init(requestCoding error: GzipError) {
        switch error {
        case .tooLarge, .ratio: self.init(body: Refusal(413, error.reason))
        default:
            self.init(
                400, type: "bad-content-coding", title: "The request body's gzip cannot be decoded", detail: "\(error.reason)",
                phase: "accept")
        }
    }
}
