import Network
import Policy
import Wire

/// relay: the answer to the caller, transcoded where the two sides differ. A broken upstream body breaks the connection.
extension Gateway {
    /// Relays an upstream answer; its head is there, and its content as far as it was read.
    func relay(_ exchange: Exchange, _ answer: RelayedAnswer) async throws(Problem) {
        let source = answer.source == .verification ? exchange.lookTransfer : exchange.transfer
        guard let transfer = source else { throw .internalError }
        if answer.source == .verification { exchange.content = exchange.lookContent }
        exchange.outcome = answer.outcome
        let facts = exchange.content.facts ?? AnswerFacts(transfer)
        let plan = ResponseCoding.decide(
            .init(exchange, transfer.status, facts), accept: exchange.acceptEncoding, mode: exchange.tenant?.responseMode ?? .auto
        )
        exchange.coding = plan.body
        exchange.isCoded = facts.coding == .gzip
        try await collect(exchange, transfer, plan.body)
        if transfer.isComplete, transfer.contentCount == 0 {
            exchange.onSharable?(
                SharedAnswer(
                    status: transfer.status, head: RelayedHead(transfer), content: exchange.content.bytes,
                    outcome: answer.outcome,
                    shownStatus: answer.status))
            if let content = try transcoded(exchange, plan.body) {
                return await relayWhole(
                    exchange, transfer.status, RelayedHead(transfer), facts, plan, status: answer.status, content)
            }
        }
        try await relayStream(exchange, transfer, facts, plan, status: answer.status)
    }

    /// Takes what has arrived. Content that is to be recoded is waited for, as long as it is little: so it goes out in one write,
    /// and what is wrong with it is known before the caller is told anything.
    private func collect(_ exchange: Exchange, _ transfer: UpstreamExchange, _ body: CodingPlan.Body) async throws(Problem) {
        // More than was there when it was decoded for the verdict.
        if transfer.contentCount > 0 || !transfer.isComplete { exchange.content.decoded = nil }
        transfer.takeContent(into: &exchange.content.bytes)
        guard body != .asIs, !transfer.isComplete else { return }
        exchange.onClientGone = { transfer.cancel() }
        defer { exchange.onClientGone = nil }
        do throws(UpstreamFailure) {
            while exchange.content.bytes.count < Self.waitedFor, try await transfer.more() {
                transfer.takeContent(into: &exchange.content.bytes)
            }
        } catch {
            if exchange.isClientGone { throw .clientGone }
            guard let tenant = exchange.tenant else { throw .internalError }
            exchange.failureText = "\(tenant.target.authority): \(error.explanation)"
            throw Problem(
                .attemptFailed(
                    AttemptFailure(error), mayHaveReached: true, deadline: exchange.deadline, isCancel: exchange.isCancel),
                error, upstream: tenant.target)
        }
    }

    /// Bytes as they come from the upstream.
    private static let waitedFor = 32 << 10

    /// An answer that is all there: one write, with Content-Length.
    private func relayWhole(
        _ exchange: Exchange, _ upstreamStatus: Int, _ head: RelayedHead, _ facts: AnswerFacts, _ plan: CodingPlan,
        status: Int?, _ content: [UInt8]
    ) async {
        let http = exchange.http
        writeHead(exchange, upstreamStatus, head, facts, plan, status: status)
        if http.head.method == .head {
            // What the length of a GET's answer would be is known only where its content would go unchanged.
            http.startBody(length: plan.body == .asIs ? facts.contentLength : nil)
            await http.finishBody()
        } else {
            await http.finish(content)
        }
    }

    /// The whole content as the caller wants it; nil if it grows so much that it has to go out as a stream.
    private func transcoded(_ exchange: Exchange, _ body: CodingPlan.Body) throws(Problem) -> [UInt8]? {
        let content = exchange.content.bytes
        do throws(GzipError) {
            switch body {
            case .asIs: return content
            case .inflate:
                if let decoded = exchange.content.decoded { return decoded }
                let inflater = try gzip.takeInflater()
                defer { gzip.giveBack(inflater) }
                return try inflater.inflateWhole(content.span, maximumOutput: Self.smallBody)
            case .deflate:
                let deflater = try gzip.takeDeflater()
                defer { gzip.giveBack(deflater) }
                return try deflater.deflateWhole(content.span)
            }
        } catch {
            if error == .tooLarge { return nil }
            throw badCoding(error, exchange)
        }
    }

    /// A gzip body that grows beyond this is decoded as a stream.
    private static let smallBody = 1 << 20

    private func badCoding(_ error: GzipError, _ exchange: Exchange) -> Problem {
        var problem = Problem(
            502, type: "upstream-content-coding", title: "The upstream's content coding is broken",
            detail: "The upstream's gzip content cannot be decoded: \(error.reason). The request reached Zuora.", phase: "relay")
        problem.proxyError = "http_response_content_coding"
        problem.mayHaveReached = true
        problem.outcome = exchange.isCancel ? exchange.outcome ?? .unknown : nil
        return problem
    }

    /// Relays what another exchange got for the same cancel.
    func relay(_ exchange: Exchange, _ shared: SharedAnswer) async throws(Problem) {
        exchange.outcome = shared.outcome
        exchange.content = AnswerContent(bytes: shared.content)
        let facts = AnswerFacts(shared.head.fields, shared.head.bytes.span, contentLength: shared.content.count, now: .now())
        exchange.requestID = facts.requestID
        let plan = ResponseCoding.decide(
            .init(exchange, shared.status, facts), accept: exchange.acceptEncoding, mode: exchange.tenant?.responseMode ?? .auto)
        exchange.coding = plan.body
        exchange.isCoded = facts.coding == .gzip
        guard let content = try transcoded(exchange, plan.body) else { throw badCoding(.tooLarge, exchange) }
        await relayWhole(exchange, shared.status, shared.head, facts, plan, status: shared.shownStatus, content)
    }

    // MARK: Head

    /// Writes the status line and the fields, all but the framing.
    func writeHead(
        _ exchange: Exchange, _ upstreamStatus: Int, _ head: RelayedHead, _ facts: AnswerFacts, _ plan: CodingPlan, status: Int?
    ) {
        let http = exchange.http
        let status = status ?? upstreamStatus
        exchange.status = status
        http.start(status, withDate: !facts.hasDate)
        let bytes = head.bytes.span
        let edits = plan.edits
        ResponseHeaderPolicy.forEachRelayed(head.fields, bytes, replacing: edits.replacedFields) { index in
            let field = head.fields[index]
            http.add(bytes.extracting(field.nameRange), bytes.extracting(field.valueRange))
        }
        if edits.contains(.weakenETag), let range = facts.etag {
            let etag = bytes.extracting(range)
            if let weak = BodyFields.weakened(etag: etag) { http.add("ETag", weak.span) } else { http.add("ETag", etag) }
        }
        if edits.contains(.setContentEncodingGzip) { http.add("Content-Encoding", literal: "gzip") }
        if edits.contains(.addVary), !(facts.vary.map { BodyFields.variesByEncoding(vary: bytes.extracting($0)) } ?? false) {
            http.add("Vary", literal: "Accept-Encoding")
        }
        addOwnFields(exchange)
        if status != upstreamStatus {
            http.add("Proxy-Status", "zuora-gateway; received-status=\(upstreamStatus)")
        }
    }

    /// The fields that the gateway sets on every answer.
    func addOwnFields(_ exchange: Exchange) {
        let http = exchange.http
        http.add("Via", literal: "1.1 zuora-gateway")
        http.add("Zuora-Track-Id", exchange.trackID.bytes)
        if let outcome = exchange.outcome { http.add("Gateway-Outcome", outcome.rawValue) }
        if let machine = exchange.machine, machine.sends + machine.verifications > 1 {
            http.add("Gateway-Attempts", machine.sends + machine.verifications)
        }
    }
}

extension CodingPlan.HeaderEdits {
    /// The upstream's fields that are left out or written anew.
    var replacedFields: FieldNameSet {
        var names: FieldNameSet = []
        if contains(.dropContentEncoding) || contains(.setContentEncodingGzip) { names.insert(.contentEncoding) }
        if contains(.weakenETag) { names.insert(.etag) }
        if contains(.dropAcceptRanges) { names.insert(.acceptRanges) }
        if contains(.dropDigests) {
            for name in [FieldName.contentMD5, .contentDigest, .digest, .reprDigest] { names.insert(name) }
        }
        return names
    }
}

extension ResponseCoding.Facts {
    init(_ exchange: Exchange, _ status: Int, _ facts: AnswerFacts) {
        self.init(status: status)
        isHead = exchange.http.head.method == .head
        coding = facts.coding
        contentLength = facts.contentLength
        isCompressible = BodyFields.isCompressible(contentType: facts.contentType.span)
        noTransform = facts.noTransform
        hasContentRange = facts.hasContentRange
    }
}
