import Network
import Policy
import Wire

/// judge: what an answer means. As much of it is read as the verdict needs; the bytes themselves are left as they came.
extension Gateway {
    // What needs no suspension is kept out of line: its temporaries would otherwise live in the task, and with thousands of requests
    // under way the tasks' memory is what fills the processor's caches.

    /// Reads an answer whose head is there.
    func read(
        _ exchange: Exchange, _ transfer: UpstreamExchange, kind: RouteSettings.Kind, isLook: Bool
    ) async throws(UpstreamFailure) -> AttemptAnswer {
        noteFacts(exchange, transfer, isLook)
        if needsVerdict(exchange, status: transfer.status) {
            while takeMore(exchange, transfer, isLook), try await transfer.more() {}
            if !transfer.isComplete, let failure = transfer.failure { throw failure }
        }
        return judge(exchange, transfer, kind, isLook)
    }

    @inline(never)
    private func noteFacts(_ exchange: Exchange, _ transfer: UpstreamExchange, _ isLook: Bool) {
        let facts = AnswerFacts(transfer)
        exchange.withContent(ofLook: isLook) { $0 = AnswerContent(facts: facts) }
        exchange.requestID = facts.requestID
        if !facts.rateLimit.isEmpty {
            exchange.tenant?.admission.observe(
                facts.rateLimit, entity: exchange.resolution?.entity.index, now: reactor.now)
        }
    }

    /// - Returns: whether more of the body is wanted.
    @inline(never)
    private func takeMore(_ exchange: Exchange, _ transfer: UpstreamExchange, _ isLook: Bool) -> Bool {
        exchange.withContent(ofLook: isLook) { content in
            transfer.takeContent(into: &content.bytes)
            return !transfer.isComplete && content.bytes.count < OutcomeReader.bodyLimit
        }
    }

    @inline(never)
    private func judge(
        _ exchange: Exchange, _ transfer: UpstreamExchange, _ kind: RouteSettings.Kind, _ isLook: Bool
    ) -> AttemptAnswer {
        exchange.withContent(ofLook: isLook) { content in
            var answer = AttemptAnswer(status: transfer.status)
            guard let facts = content.facts else { return answer }
            answer.retryAfter = facts.retryAfter
            answer.quotaWait = facts.rateLimit.quotaWait
            if needsVerdict(exchange, status: transfer.status) {
                answer.verdict = verdict(&content, transfer, facts, kind)
            }
            return answer
        }
    }

    /// Of a success on a route whose answers are only relayed, nothing need be read.
    private func needsVerdict(_ exchange: Exchange, status: Int) -> Bool {
        exchange.isCancel || status >= 400
    }

    private func verdict(
        _ content: inout AnswerContent, _ transfer: UpstreamExchange, _ facts: AnswerFacts, _ kind: RouteSettings.Kind
    ) -> UpstreamVerdict {
        var isComplete = transfer.isComplete && transfer.contentCount == 0
        if facts.coding == .gzip, !content.bytes.isEmpty {
            content.decoded = try? decode(content.bytes)
            if content.decoded == nil { isComplete = false }
        }
        let body = facts.coding == .gzip ? content.decoded ?? [] : content.bytes
        var verdict = OutcomeReader.read(
            status: transfer.status, contentType: facts.contentType.span,
            body: body.span.extracting(first: OutcomeReader.bodyLimit),
            isComplete: isComplete && body.count <= OutcomeReader.bodyLimit, kind: kind)
        if body.isEmpty, !content.bytes.isEmpty { verdict.shape = .unreadable }
        return verdict
    }

    /// The whole of a small gzip body.
    private func decode(_ content: [UInt8]) throws(GzipError) -> [UInt8] {
        let inflater = try gzip.takeInflater()
        defer { gzip.giveBack(inflater) }
        return try inflater.inflateWhole(content.span, maximumOutput: OutcomeReader.bodyLimit * 4)
    }
}

/// The fields of an answer that decisions are made from.
struct AnswerFacts {
    var retryAfter: Duration?
    var rateLimit = RateLimitFields()
    var requestID: [UInt8] = []
    var contentType: [UInt8] = []
    var coding = ContentCoding.identity
    var contentLength: Int?
    var noTransform = false
    var hasContentRange = false
    var hasDate = false
    var etag: Range<Int>?
    var vary: Range<Int>?

    init(_ transfer: UpstreamExchange) {
        let head = transfer.responseHead
        self = transfer.withHead { AnswerFacts(head.fields, $0, contentLength: head.contentLength, now: .now()) }
    }

    init(_ fields: [FieldLine], _ bytes: Span<UInt8>, contentLength: Int?, now: WallTime) {
        self.contentLength = contentLength
        var encoding = ContentEncoding()
        for field in fields {
            switch field.name {
            case .retryAfter: retryAfter = RetryAfter.parse(bytes.extracting(field.valueRange), now: now)
            case .rateLimitLimit, .rateLimitRemaining, .rateLimitReset, .concurrencyLimitRemaining, .other:
                rateLimit.read(
                    field.name, nameBytes: bytes.extracting(field.nameRange), value: bytes.extracting(field.valueRange))
            case .zuoraRequestId: requestID = bytes.copy(field.valueRange)
            case .contentType: contentType = bytes.copy(field.valueRange)
            case .contentEncoding: encoding.add(bytes.extracting(field.valueRange))
            case .cacheControl:
                noTransform = noTransform || BodyFields.forbidsTransform(cacheControl: bytes.extracting(field.valueRange))
            case .contentRange: hasContentRange = true
            case .date: hasDate = true
            case .etag: etag = field.valueRange
            case .vary: vary = field.valueRange
            default: break
            }
        }
        coding = encoding.coding
    }
}
