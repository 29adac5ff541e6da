import Wire

/// Interprets an upstream response. Pure, and without allocations on success.
public enum OutcomeReader {
    /// The maximum size of a body that is read, in bytes.
    public static let bodyLimit = 256 << 10

    static let codeLimit = 64
    static let messageLimit = 200

    /// - Parameters:
    ///   - status: the response's status.
    ///   - contentType: the value of `Content-Type`; empty if the field is absent.
    ///   - body: the decoded body, at most `bodyLimit` bytes.
    ///   - isComplete: whether that is the complete body.
    ///   - job: the job's id in the path, percent-encoded as sent; empty where it does not matter.
    public static func read(
        status: Int, contentType: Span<UInt8>, body: Span<UInt8>, isComplete: Bool,
        job: Span<UInt8> = Span()
    ) -> UpstreamVerdict {
        var verdict = UpstreamVerdict(outcome: outcome(ofStatus: status))
        // It may only mean that the job has ended: whether Zuora still knows it, only its status tells.
        if status == 404 { verdict.verification = .always }
        if let first = body.firstVisible {
            if first == UInt8(ascii: "{") {
                readJSON(body, isComplete: isComplete, status: status, job: job, into: &verdict)
            } else if first == UInt8(ascii: "[") {
                verdict.shape = .otherJSON
            } else {
                readPage(body, contentType: contentType, status: status, into: &verdict)
            }
        }
        if status == 401, verdict.authentication == .accepted, verdict.outcome != .wrongEntity {
            verdict.authentication = .tokenRejected
        }
        if isSuccess(status), !verdict.isFailure, verdict.jobStatus == nil || verdict.shape == .unreadable {
            // A 2xx without the job's outcome.
            verdict.outcome = .unknown
            verdict.verification = .always
        }
        if status == 429, verdict.outcome != .wrongEntity {
            // Zuora was too busy: nothing was done, whatever the code says.
            verdict.outcome = .rejected
            verdict.verification = .no
        }
        verdict.message = verdict.message.map(withoutToken)
        return verdict
    }

    /// A page or an error may repeat the request that it refuses, and what it says gets into problems and logs.
    private static func withoutToken(_ message: String) -> String {
        guard Array(message.utf8).span.containsIgnoringCase("bearer ") else { return message }
        var words = message.split(separator: " ", omittingEmptySubsequences: false)
        for i in words.indices.dropFirst() where words[i - 1].lowercased().hasSuffix("bearer") {
            // No word of a sentence, such as "Bearer token expired".
            let isToken = words[i].utf8.count >= 16 || words[i].utf8.contains { (0x30...0x39).contains($0) }
            if isToken { words[i] = "…" }
        }
        return words.joined(separator: " ")
    }

    /// The outcome of a cancel if its body does not state it.
    private static func outcome(ofStatus status: Int) -> CancelOutcome {
        switch status {
        case 404: .unknownJob
        case 401, 403: .notPermitted
        case 400...499: .rejected
        default: .unknown
        }
    }

    private static func readPage(
        _ body: Span<UInt8>, contentType: Span<UInt8>, status: Int, into verdict: inout UpstreamVerdict
    ) {
        let isHTML = PageSummary.isHTML(body) || (PageSummary.isMarkup(body) && contentType.containsIgnoringCase("html"))
        verdict.shape = isHTML ? .html : PageSummary.isMarkup(body) ? .xml : .text
        verdict.message = PageSummary.text(of: body, isHTML: isHTML)
        // A page comes from an intermediary, which knows nothing about jobs and permissions.
        if status == 403 || status == 404 { verdict.outcome = .rejected }
        verdict.verification = isSuccess(status) ? .always : .no
    }

    static func isSuccess(_ status: Int) -> Bool { (200...299).contains(status) }
}

/// The JSON shapes, one rule each, most reliable first.
extension OutcomeReader {
    static func readJSON(
        _ body: Span<UInt8>, isComplete: Bool, status: Int, job: Span<UInt8>, into verdict: inout UpstreamVerdict
    ) {
        var scanner = JSONScanner(body)
        let members = ResponseMembers(&scanner)
        readShape(members, scanner, status: status, into: &verdict)
        // Other objects have another kind of id.
        if !job.isEmpty, verdict.jobStatus != nil || members.hasBatches,
            let id = verdict.shape == .dataQuery ? members.queryID : members.id
        {
            verdict.namesOtherJob = !JobID.isSame(id, scanner, body, job)
        }
        let isContradictory = members.isContradictory || deniesCancel(members, scanner)
        if isContradictory || (isComplete && !members.isWhole) {
            verdict.shape = .unreadable
            verdict.jobStatus = nil
            if isSuccess(status) { verdict.outcome = .unknown }
            if isSuccess(status) || isContradictory && status < 500 { verdict.verification = .always }
        }
    }

    /// Whether one member says that the job is cancelled, and another that the cancel failed or that the job has another state. The error
    /// of a query does not count: a cancelled job may contain it.
    private static func deniesCancel(_ members: ResponseMembers, _ scanner: borrowing JSONScanner) -> Bool {
        let query = members.queryStatus.flatMap { JobStatus($0, in: scanner) }
        let job: JobStatus? = if case .string(let slice)? = members.status { JobStatus(slice, in: scanner) } else { nil }
        guard query == .cancelled || job == .cancelled else { return false }
        if let query, let job, query != job { return true }
        if members.success == false { return true }
        if members.success != true, members.reason != nil || members.proxyError != nil || meaning(members.code, scanner) != nil {
            return true
        }
        switch meaning(members.errorCode, scanner)?.outcome {
        case .unknownJob, .notPermitted, .wrongEntity: return true
        default: return false
        }
    }

    private static func readShape(
        _ members: ResponseMembers, _ scanner: borrowing JSONScanner, status: Int, into verdict: inout UpstreamVerdict
    ) {
        if let slice = members.queryStatus, let job = JobStatus(slice, in: scanner) {
            verdict.shape = .dataQuery
            readJob(job, status: status, into: &verdict)
        } else if case .string(let slice)? = members.status, let job = JobStatus(slice, in: scanner),
            job == .cancelled || members.errorCode == nil
        {
            // A job's state is more reliable than an error code: a cancelled job can contain the error of one of its queries.
            verdict.shape = .job
            readJob(job, status: status, into: &verdict)
            if !isSuccess(status) {
                if let code = members.errorCode { readError(code, members.message, scanner, status: status, into: &verdict) }
                // A refusal that contains the job.
                if status < 500, job == .cancelled || members.id != nil || members.hasBatches {
                    verdict.verification = .always
                }
            } else if verdict.outcome == .cancelled, let code = members.errorCode,
                number(code, scanner) == ErrorMeaning.badJobForCancel
            {
                verdict.outcome = .alreadyCancelled
                verdict.verification = .ifRepeated
            }
        } else if let code = members.errorCode {
            verdict.shape = .errorCode
            readError(code, members.message, scanner, status: status, into: &verdict)
            if case .string(let slice)? = members.status, let job = JobStatus(slice, in: scanner) { verdict.jobStatus = job }
        } else if let reason = members.reason, members.success != true {
            verdict.shape = .reasons
            readError(reason.code, reason.message ?? members.message, scanner, status: status, into: &verdict)
        } else if let error = members.proxyError, members.success != true {
            verdict.shape = .proxyErrors
            readError(error.code, error.message ?? members.message, scanner, status: status, into: &verdict)
        } else if members.success == true, isSuccess(status) {
            // A success, whatever its message says.
            verdict.shape = members.hasBatches ? .job : .otherJSON
        } else if let code = members.code {
            verdict.shape = .codeAndMessage
            readError(code, members.message, scanner, status: status, into: &verdict)
        } else if case .number(let number)? = members.status, members.error != nil || members.message != nil {
            verdict.shape = .spring
            readError(nil, members.message ?? members.error, scanner, status: status, into: &verdict)
            // The status inside is more reliable in a 200.
            if isSuccess(status), let inner = scanner.int(number) {
                if inner == 401 { verdict.authentication = .tokenRejected }
                if isSuccess(inner) { verdict.shape = .otherJSON }
            }
        } else if members.success == false || (members.message != nil && !members.hasBatches) {
            verdict.shape = .messageOnly
            readError(nil, members.message, scanner, status: status, into: &verdict)
            // With a 2xx, it may as well say that the cancel worked.
            if isSuccess(status), members.success != false, verdict.category == nil { verdict.shape = .otherJSON }
        } else {
            verdict.shape = members.hasBatches ? .job : .otherJSON
        }
    }

    /// The state of the job in the response to a cancel.
    private static func readJob(_ job: JobStatus, status: Int, into verdict: inout UpstreamVerdict) {
        verdict.jobStatus = job
        guard isSuccess(status) else { return }
        switch job {
        case .cancelled: verdict.outcome = .cancelled
        case .completed, .error, .aborted, .failed: verdict.outcome = .alreadyFinished
        case .submitted, .pending, .executing, .accepted, .inProgress:
            // Accepted, but not (yet) done.
            verdict.outcome = .unknown
            verdict.verification = .always
        }
    }

    private static func readError(
        _ code: ResponseMembers.Scalar?, _ message: JSONSlice?, _ scanner: borrowing JSONScanner, status: Int,
        into verdict: inout UpstreamVerdict
    ) {
        if let message { verdict.message = scanner.text(message, limit: messageLimit) }
        switch code {
        case .string(let slice)?: verdict.code = scanner.text(slice, limit: codeLimit)
        case .number(let range)?: verdict.code = scanner.numberText(range)
        case nil: break
        }
        let number: Int? = if let code { Self.number(code, scanner) } else { nil }
        if isSuccess(status) { verdict.outcome = .rejected }
        if let meaning = verdict.message.flatMap(ErrorMeaning.init(message:)) ?? number.flatMap(ErrorMeaning.init(code:))
            ?? verdict.code.flatMap(ErrorMeaning.init(word:)) ?? verdict.message.flatMap(ErrorMeaning.init(word:))
        {
            // A code is more specific than a 2xx or a 4xx; with a 5xx the operation may still have been done, but not in an entity that
            // the caller has no access to.
            if status < 500 || meaning.outcome == .wrongEntity { verdict.outcome = meaning.outcome }
            verdict.category = meaning.category
            verdict.isRetryableCode = meaning.isRetryable
            verdict.verification = meaning.verification
            if meaning.category == .authentication, status < 500 { verdict.authentication = .tokenRejected }
        }
        if status == 401, verdict.outcome != .wrongEntity { readAuthentication(into: &verdict) }
    }

    private static func meaning(_ code: ResponseMembers.Scalar?, _ scanner: borrowing JSONScanner) -> ErrorMeaning? {
        if let code, let number = number(code, scanner) { ErrorMeaning(code: number) } else { nil }
    }

    static func number(_ code: ResponseMembers.Scalar, _ scanner: borrowing JSONScanner) -> Int? {
        switch code {
        case .string(let slice): Int(scanner.text(slice, limit: codeLimit))
        case .number(let range): scanner.int(range)
        }
    }

    /// The two kinds of 401. Source: `ProxyUnauthorizedResponse` of Zuora's SDK.
    private static func readAuthentication(into verdict: inout UpstreamVerdict) {
        verdict.outcome = .notPermitted
        verdict.authentication =
            verdict.message?.utf8.starts(with: "Failed to get user info".utf8) == true ? .backendTrouble : .tokenRejected
    }
}

/// Whether a body speaks of the job in the path. Zuora is free to write an id with hyphens or without, and in either case.
private enum JobID {
    static func isSame(
        _ id: ResponseMembers.Scalar, _ scanner: borrowing JSONScanner, _ body: Span<UInt8>, _ job: Span<UInt8>
    ) -> Bool {
        switch id {
        case .number(let range): return isSame(body.extracting(range), job)
        case .string(let slice) where slice.hasEscapes:
            var text: [UInt8] = []
            scanner.append(slice, to: &text)
            return isSame(text.span, job)
        case .string(let slice): return isSame(body.extracting(slice.range), job)
        }
    }

    private static func isSame(_ id: Span<UInt8>, _ job: Span<UInt8>) -> Bool {
        // Nearly always both are spelled alike.
        var alike = 0
        while alike < id.count, alike < job.count, id[alike] == job[alike], id[alike] != UInt8(ascii: "%") { alike += 1 }
        var (i, j) = (alike, alike)
        while true {
            let (a, b) = (next(id, &i, isEncoded: false), next(job, &j, isEncoded: true))
            if a != b { return false }
            if a == nil { return true }
        }
    }

    /// The next byte that counts, in lower case; nil at the end.
    private static func next(_ text: Span<UInt8>, _ i: inout Int, isEncoded: Bool) -> UInt8? {
        while i < text.count {
            var byte = text[i]
            i += 1
            if isEncoded, byte == UInt8(ascii: "%"), i + 1 < text.count,
                let high = text[i].hexValue, let low = text[i + 1].hexValue
            {
                byte = high << 4 | low
                i += 2
            }
            if byte != UInt8(ascii: "-") { return 0x41...0x5A ~= byte ? byte | 0x20 : byte }
        }
        return nil
    }
}
