import Network
import Policy
import Wire

/// Answers of any size, in bounded memory: a slow caller pauses the upstream, a slow upstream lets the caller wait.
extension Gateway {
    func relayStream(
        _ exchange: Exchange, _ transfer: UpstreamExchange, _ facts: AnswerFacts, _ plan: CodingPlan, status: Int?
    ) async throws(Problem) {
        let http = exchange.http
        exchange.isStreaming = true
        countHeld(exchange)
        writeHead(exchange, transfer.status, RelayedHead(transfer), facts, plan, status: status)
        let keepsLength = plan.body == .asIs && !plan.edits.contains(.dropContentLength)
        http.startBody(length: keepsLength ? facts.contentLength : nil)
        exchange.onClientGone = { transfer.cancel() }
        defer { exchange.onClientGone = nil }
        let isWhole: Bool
        do {
            switch plan.body {
            case .asIs: isWhole = try await pass(exchange, transfer)
            case .inflate: isWhole = try await inflate(exchange, transfer)
            case .deflate: isWhole = try await deflate(exchange, transfer)
            }
        } catch {
            exchange.failureText =
                (error as? UpstreamFailure)?.message ?? (error as? GzipError).map { "\($0.reason)" } ?? "\(error)"
            http.abort()
            return
        }
        if isWhole { await http.finishBody() } else { http.abort() }
    }

    /// Bytes passed on before others have their turn, though both sides be ready for more.
    private static let turn = 256 << 10

    /// - Returns: false when the caller takes no more.
    private func pass(_ exchange: Exchange, _ transfer: UpstreamExchange) async throws -> Bool {
        var chunk = exchange.content.bytes
        exchange.content = AnswerContent()
        var passed = 0
        repeat {
            guard await exchange.http.write(chunk[...]) else { return false }
            passed += chunk.count
            if passed >= Self.turn {
                passed = 0
                await reactor.yield()
            }
            chunk.removeAll(keepingCapacity: true)
            // What has come goes out before the next wait: a slow upstream's bytes are not held back.
            if transfer.contentCount == 0, !transfer.isComplete, await !exchange.http.flush() { return false }
            guard try await transfer.more() else { return true }
            transfer.takeContent(into: &chunk)
        } while true
    }

    private func inflate(_ exchange: Exchange, _ transfer: UpstreamExchange) async throws -> Bool {
        let inflater = try gzip.takeInflater(limits: exchange.kind == .download ? .file : nil)
        defer { gzip.giveBack(inflater) }
        var input = exchange.content.bytes
        exchange.content = AnswerContent()
        var output: [UInt8] = []
        repeat {
            let isWanted = try await inflate(input, inflater, by: &output) { await exchange.http.write($0[...]) }
            guard isWanted else { return false }
            input.removeAll(keepingCapacity: true)
            if transfer.contentCount == 0, !transfer.isComplete, await !exchange.http.flush() { return false }
            guard try await transfer.more() else { break }
            transfer.takeContent(into: &input)
        } while true
        try inflater.finish()
        return true
    }

    private func deflate(_ exchange: Exchange, _ transfer: UpstreamExchange) async throws -> Bool {
        let deflater = try gzip.takeDeflater()
        defer { gzip.giveBack(deflater) }
        var input = exchange.content.bytes
        exchange.content = AnswerContent()
        var output: [UInt8] = []
        var isAtEnd = false
        // With the head alone there, nothing yet says that the content is empty.
        if input.isEmpty, try await transfer.more() { transfer.takeContent(into: &input) }
        repeat {
            isAtEnd = input.isEmpty
            let flush: Deflater.Flush = isAtEnd ? .finish : transfer.contentCount == 0 ? .block : .none
            let isWanted = try await deflate(input, deflater, flush, by: &output) { await exchange.http.write($0[...]) }
            guard isWanted else { return false }
            input.removeAll(keepingCapacity: true)
            if !isAtEnd, try await transfer.more() { transfer.takeContent(into: &input) }
        } while !isAtEnd
        return true
    }
}
