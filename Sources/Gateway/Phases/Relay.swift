import Network
import Policy
import Wire

/// relay: the response to the caller, transcoded if the two sides differ. A truncated upstream response aborts the connection, so that the
/// caller never mistakes it for a complete one.
extension Gateway {
    /// Upstream content up to this size, in bytes, is read completely before it is recoded, so that it is sent in one write
    /// and errors are detected before the response begins.
    private static let waitedFor = 32 << 10
    /// A gzip body that grows beyond this is decoded as a stream.
    private static let smallBody = 1 << 20

    /// Relays an upstream response whose head has been received.
    /// - Parameter share: called when the response to the caller begins, for other requests that wait for this one.
    func relay(
        _ relayed: RelayedResponse, _ attempt: consuming Attempt, _ operation: Operation, _ journal: Journal,
        sharing share: ((UpstreamExchange, RelayedResponse) -> Void)?
    ) async throws(Problem) {
        let exchange = attempt.exchange
        let facts = attempt.facts
        journal.outcome = relayed.outcome
        var coding = ResponseCoding.Facts(operation, exchange.status, facts)
        var plan = ResponseCoding.decide(
            coding, accept: operation.request.acceptEncoding, mode: operation.tenant.settings.gzip.response)
        journal.note(plan.body, facts.coding)
        if plan.body != .asIs {
            try await collect(exchange, operation, journal)
            if exchange.isComplete, exchange.contentCount == 0 {
                // The content has turned out to be empty, so there is nothing to recode.
                coding.contentLength = 0
                plan = ResponseCoding.decide(
                    coding, accept: operation.request.acceptEncoding, mode: operation.tenant.settings.gzip.response)
                journal.note(plan.body, facts.coding)
            }
        }
        share?(exchange, relayed)
        guard exchange.isComplete else {
            return await relayStream(exchange, facts, plan, operation, journal, status: relayed.status)
        }
        if plan.body == .asIs {
            writeHead(exchange, facts, plan, operation, journal, status: relayed.status)
            exchange.withContent { operation.http.writeWhole($0, lengthToHead: plan.relayedLength(facts)) }
            await operation.http.sendWhole()
            return
        }
        guard let content = try recoded(exchange, attempt.decoded, plan.body, operation, journal) else {
            return await relayStream(exchange, facts, plan, operation, journal, status: relayed.status)
        }
        writeHead(exchange, facts, plan, operation, journal, status: relayed.status)
        operation.http.writeWhole(content.span, lengthToHead: nil)
        await operation.http.sendWhole()
    }

    /// Waits for small content that must be recoded.
    private func collect(_ exchange: UpstreamExchange, _ operation: Operation, _ journal: Journal) async throws(Problem) {
        guard !exchange.isComplete else { return }
        let caller = operation.request.caller
        caller.onGone = { exchange.cancel() }
        defer { caller.onGone = nil }
        do throws(UpstreamFailure) {
            _ = try await exchange.collect(upTo: Self.waitedFor)
        } catch {
            journal.spans?.failAttempt(error.kind.errorType, at: reactor.now)
            if caller.isGone { throw .callerGone }
            journal.detail = "\(operation.tenant.target.authority): \(error.explanation)"
            let failure = AttemptFailure(error)
            throw Problem(
                operation.tenant.usesHub
                    ? .hubFailed(failure, deadline: operation.deadline, isCancel: operation.isCancel)
                    : .attemptFailed(
                        failure, mayHaveReached: true, deadline: operation.deadline, isCancel: operation.isCancel),
                error, upstream: operation.tenant.target)
        }
    }

    /// The complete content in the caller's coding; nil if it is so large that it must be streamed.
    private func recoded(
        _ exchange: UpstreamExchange, _ decoded: [UInt8]?, _ body: CodingPlan.Body, _ operation: Operation, _ journal: Journal
    ) throws(Problem) -> [UInt8]? {
        do throws(GzipError) {
            if body == .deflate { return try exchange.withContent { content throws(GzipError) in try gzip.deflated(content) } }
            if let decoded { return decoded }
            return try exchange.withContent { content throws(GzipError) in
                try gzip.inflated(content, maximumOutput: Self.smallBody)
            }
        } catch {
            if error == .tooLarge { return nil }
            throw badCoding(error, operation, journal)
        }
    }

    private func badCoding(_ error: GzipError, _ operation: Operation, _ journal: Journal) -> Problem {
        journal.spans?.failAttempt(Problem.badCodingError, at: reactor.now)
        if operation.tenant.usesHub {
            journal.detail = "\(operation.tenant.target.authority): the gzip content cannot be decoded: \(error.reason)"
            let failure = AttemptFailure(.contentCoding, requestSent: true)
            return Problem(
                .hubFailed(failure, deadline: operation.deadline, isCancel: operation.isCancel), nil,
                upstream: operation.tenant.target)
        }
        var problem = Problem(
            502, type: "upstream-content-coding", title: "The upstream's content coding is malformed",
            detail: "The upstream's gzip content cannot be decoded: \(error.reason). The request reached Zuora.", phase: "relay")
        problem.proxyError = Problem.badCodingError
        problem.mayHaveReached = true
        problem.outcome = journal.isCancel ? journal.outcome ?? .unknown : nil
        return problem
    }

    /// Relays another request's response to the same cancel.
    func relay(_ shared: SharedResponse, _ operation: Operation, _ journal: Journal) async throws(Problem) {
        journal.outcome = shared.outcome
        let head = shared.head.span
        var facts = ResponseFacts(shared.fields, head, contentLength: shared.content.count, now: .now())
        facts.isHTTP10 = shared.isHTTP10
        if let range = facts.requestID { journal.entry.zuoraRequestID = InlineText(head.extracting(range)) }
        let plan = ResponseCoding.decide(
            .init(operation, shared.status, facts), accept: operation.request.acceptEncoding,
            mode: operation.tenant.settings.gzip.response)
        journal.note(plan.body, facts.coding)
        let content: [UInt8]?
        do throws(GzipError) {
            content =
                switch plan.body {
                case .asIs: shared.content
                case .inflate: try gzip.inflated(shared.content.span, maximumOutput: Self.smallBody)
                case .deflate: try gzip.deflated(shared.content.span)
                }
        } catch {
            guard error == .tooLarge else { throw badCoding(error, operation, journal) }
            content = nil
        }
        writeHead(
            shared.fields, shared.head.span, shared.status, facts, plan, operation, journal, status: shared.shownStatus)
        guard let content else { return await relayInflated(shared.content, operation, journal) }
        operation.http.writeWhole(content.span, lengthToHead: plan.relayedLength(facts))
        await operation.http.sendWhole()
    }

    // MARK: Streams

    /// Streams content that grows large, after its head.
    private func relayInflated(_ content: [UInt8], _ operation: Operation, _ journal: Journal) async {
        let http = operation.http
        operation.request.caller.outlivesCaller = false
        http.startBody(length: nil)
        do {
            let inflater = try gzip.takeInflater()
            defer { gzip.giveBack(inflater) }
            var output: [UInt8] = []
            let write = { (bytes: [UInt8]) in await http.write(bytes[...]) }
            guard try await inflater.inflate(content, by: &output, on: reactor, to: write) else { return http.abort() }
            try inflater.finish()
            await http.finishBody()
        } catch {
            journal.detail = (error as? GzipError).map { "\($0.reason)" } ?? "\(error)"
            http.abort()
        }
    }

    /// Streams content of any size with bounded memory and back-pressure.
    private func relayStream(
        _ exchange: UpstreamExchange, _ facts: ResponseFacts, _ plan: CodingPlan, _ operation: Operation, _ journal: Journal,
        status: Int?
    ) async {
        let http = operation.http
        let caller = operation.request.caller
        caller.outlivesCaller = false
        operation.load.countResponse(LoadShare.stream)
        caller.onGone = { exchange.cancel() }
        defer { caller.onGone = nil }
        writeHead(exchange, facts, plan, operation, journal, status: status)
        http.startBody(length: plan.relayedLength(facts))
        let isWhole: Bool
        do {
            switch plan.body {
            case .asIs: isWhole = try await pass(exchange, http)
            case .inflate: isWhole = try await inflate(exchange, http, isFile: operation.kind == .download)
            case .deflate: isWhole = try await deflate(exchange, http)
            }
        } catch {
            let failure = error as? UpstreamFailure
            journal.spans?.failAttempt(failure?.kind.errorType ?? Problem.badCodingError, at: reactor.now)
            journal.detail =
                failure?.message ?? (error as? GzipError).map { "\($0.reason)" } ?? "\(error)"
            return http.abort()
        }
        if isWhole { await http.finishBody() } else { http.abort() }
    }

    /// Bytes relayed before yielding, even if both sides are ready for more.
    private static let share = 256 << 10
    /// Bytes read from the upstream before they are written to the caller.
    private static let piece = 64 << 10

    /// - Returns: false if the caller has stopped reading.
    private func pass(_ exchange: UpstreamExchange, _ http: HTTPExchange) async throws -> Bool {
        var passed = 0
        while true {
            exchange.readAvailable(upTo: Self.piece)
            passed += exchange.contentCount
            guard exchange.withContent({ http.put($0) }) else { return false }
            exchange.consumeContent()
            if exchange.isComplete { return true }
            // Flush before the next wait, so that a slow upstream's bytes are not delayed.
            guard await http.flush() else { return false }
            if passed >= Self.share {
                passed = 0
                await reactor.yield()
            }
            guard try await exchange.more() else { return true }
        }
    }

    private func inflate(_ exchange: UpstreamExchange, _ http: HTTPExchange, isFile: Bool) async throws -> Bool {
        let inflater = try gzip.takeInflater(limits: isFile ? .file : nil)
        defer { gzip.giveBack(inflater) }
        var input: [UInt8] = []
        var output: [UInt8] = []
        repeat {
            input.removeAll(keepingCapacity: true)
            exchange.takeContent(into: &input)
            guard try await inflater.inflate(input, by: &output, on: reactor, to: { await http.write($0[...]) }) else {
                return false
            }
            guard await http.flush() else { return false }
        } while try await exchange.more()
        try inflater.finish()
        return true
    }

    private func deflate(_ exchange: UpstreamExchange, _ http: HTTPExchange) async throws -> Bool {
        let deflater = try gzip.takeDeflater()
        defer { gzip.giveBack(deflater) }
        var input: [UInt8] = []
        var output: [UInt8] = []
        var isAtEnd = false
        repeat {
            input.removeAll(keepingCapacity: true)
            if try await exchange.more() { exchange.takeContent(into: &input) }
            isAtEnd = input.isEmpty
            let flush: Deflater.Flush = isAtEnd ? .finish : .block
            guard try await deflater.deflate(input, flush, by: &output, on: reactor, to: { await http.write($0[...]) }) else {
                return false
            }
            if !isAtEnd, await !http.flush() { return false }
        } while !isAtEnd
        return true
    }

    // MARK: Head

    private func writeHead(
        _ exchange: UpstreamExchange, _ facts: ResponseFacts, _ plan: CodingPlan, _ operation: Operation, _ journal: Journal,
        status: Int?
    ) {
        let head = exchange.responseHead
        exchange.withHead { writeHead(head.fields, $0, head.status, facts, plan, operation, journal, status: status) }
    }

    /// Writes the status line and the fields, except the framing.
    private func writeHead(
        _ fields: [FieldLine], _ bytes: Span<UInt8>, _ upstreamStatus: Int, _ facts: ResponseFacts, _ plan: CodingPlan,
        _ operation: Operation, _ journal: Journal, status: Int?
    ) {
        let http = operation.http
        let isFromHub = operation.tenant.usesHub
        let status = status ?? upstreamStatus
        journal.entry.status = status
        http.start(status, withDate: !facts.hasDate)
        let edits = plan.edits
        ResponseHeaderPolicy.forEachRelayed(
            fields, bytes, replacing: edits.replacedFields, isFromHub: isFromHub
        ) { index in
            let field = fields[index]
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
        addOwnFields(http, journal, isFromHTTP10: facts.isHTTP10)
        // A hub's response already has the hub's results.
        if !isFromHub { addResults(http, journal) }
        if status != upstreamStatus { http.add("Proxy-Status", "zuora-gateway; received-status=\(upstreamStatus)") }
    }

    /// The fields that the gateway sets on every response.
    /// - Parameter isFromHTTP10: the version that the response was received in (RFC 9110 section 7.6.3).
    func addOwnFields(_ http: HTTPExchange, _ journal: Journal, isFromHTTP10: Bool = false) {
        http.add("Via", literal: isFromHTTP10 ? "1.0 zuora-gateway" : "1.1 zuora-gateway")
        if let trackID = journal.entry.trackID { http.add("Zuora-Track-Id", trackID.bytes) }
    }

    /// The result of the request, for responses that are not a hub's.
    func addResults(_ http: HTTPExchange, _ journal: Journal) {
        if let outcome = journal.outcome { http.add("Gateway-Outcome", outcome.rawValue) }
        if journal.entry.attempts > 1 { http.add("Gateway-Attempts", journal.entry.attempts) }
    }
}

extension Journal {
    fileprivate func note(_ body: CodingPlan.Body, _ coding: ContentCoding) {
        entry.gzipOut = GzipAction(body, coding: coding)
    }
}

extension CodingPlan {
    /// The upstream's Content-Length; nil if the caller gets content of another length, or would for a GET.
    fileprivate func relayedLength(_ facts: ResponseFacts) -> Int? {
        body == .asIs && !edits.contains(.dropContentLength) ? facts.contentLength : nil
    }
}

extension CodingPlan.HeaderEdits {
    /// The upstream's fields that are removed or replaced.
    fileprivate var replacedFields: FieldNameSet {
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
    fileprivate init(_ operation: Operation, _ status: Int, _ facts: ResponseFacts) {
        self.init(status: status)
        isHead = operation.http.head.method == .head
        coding = facts.coding
        contentLength = facts.contentLength
        isCompressible = facts.isCompressible
        noTransform = facts.noTransform
        hasContentRange = facts.hasContentRange
    }
}

extension Gateway {
    /// Responds with a problem, or aborts the connection if a response has already begun.
    func respond(_ problem: Problem, _ http: HTTPExchange, _ journal: Journal) async {
        journal.problem = problem
        if let shortage = problem.shortage { recorder?.count(WorkerCounter(shedFor: shortage)) }
        if journal.outcome == nil { journal.outcome = problem.outcome }
        guard !http.hasStarted, problem.status != 499 else { return http.abort() }
        journal.entry.status = problem.status
        journal.entry.gzipOut = .none
        let body = problem.json(tenant: journal.tenant, trackID: journal.entry.trackID, outcome: journal.outcome)
        http.start(problem.status)
        http.add("Content-Type", literal: "application/problem+json")
        addOwnFields(http, journal)
        addResults(http, journal)
        if let retryAfter = problem.retryAfter { http.add("Retry-After", RetryAfter.seconds(retryAfter)) }
        if let allow = problem.allow { http.add("Allow", allow) }
        if let challenge = problem.challenge { http.add("WWW-Authenticate", challenge) }
        if let error = problem.proxyError {
            let nextHop = problem.nextHop.map { "; next-hop=\"\($0)\"" } ?? ""
            http.add("Proxy-Status", "zuora-gateway; error=\(error)\(nextHop); details=\"\(problem.type)\"")
        }
        await http.finish(body)
    }
}
