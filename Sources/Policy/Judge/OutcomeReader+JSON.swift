import Wire

/// The JSON shapes, one rule each, the surest sign first.
extension OutcomeReader {
    static func readJSON(_ body: Span<UInt8>, isComplete: Bool, status: Int, into verdict: inout UpstreamVerdict) {
        var scanner = JSONScanner(body)
        let members = AnswerMembers(&scanner)
        readShape(members, scanner, status: status, into: &verdict)
        if members.isContradictory || (isComplete && !members.isWhole) {
            verdict.shape = .unreadable
            verdict.jobStatus = nil
            if isSuccess(status) {
                verdict.outcome = .unknown
                verdict.verification = .always
            }
        }
    }

    private static func readShape(
        _ members: AnswerMembers, _ scanner: borrowing JSONScanner, status: Int, into verdict: inout UpstreamVerdict
    ) {
        if let slice = members.queryStatus, let job = JobStatus(slice, in: scanner) {
            verdict.shape = .dataQuery
            readJob(job, status: status, into: &verdict)
        } else if case .string(let slice)? = members.status, let job = JobStatus(slice, in: scanner),
            job == .cancelled || members.errorCode == nil
        {
            // A job's state says more than an error code beside it: a cancelled job can carry the error of one of its queries.
            verdict.shape = .job
            readJob(job, status: status, into: &verdict)
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
        } else if let code = members.code {
            verdict.shape = .codeAndMessage
            readError(code, members.message, scanner, status: status, into: &verdict)
        } else if case .number(let number)? = members.status, members.error != nil || members.message != nil {
            verdict.shape = .spring
            readError(nil, members.message ?? members.error, scanner, status: status, into: &verdict)
            // The status inside is the surer one when it came in a 200.
            if isSuccess(status), let inner = scanner.int(number), inner == 401 { verdict.authentication = .tokenRejected }
        } else if members.success == false || (members.message != nil && !members.hasBatches) {
            verdict.shape = .messageOnly
            readError(nil, members.message, scanner, status: status, into: &verdict)
        } else {
            verdict.shape = members.hasBatches ? .job : .otherJSON
        }
    }

    /// The state of the job, in the answer to a cancel.
    private static func readJob(_ job: JobStatus, status: Int, into verdict: inout UpstreamVerdict) {
        verdict.jobStatus = job
        guard isSuccess(status) else { return }
        switch job {
        case .cancelled: verdict.outcome = .cancelled
        case .completed, .error, .aborted, .failed: verdict.outcome = .alreadyFinished
        case .submitted, .pending, .executing, .accepted, .inProgress:
            // Taken, but not (yet) done.
            verdict.outcome = .unknown
            verdict.verification = .always
        }
    }

    private static func readError(
        _ code: AnswerMembers.Scalar?, _ message: JSONSlice?, _ scanner: borrowing JSONScanner, status: Int,
        into verdict: inout UpstreamVerdict
    ) {
        if let message { verdict.message = scanner.text(message, limit: messageLimit) }
        var number: Int?
        switch code {
        case .string(let slice)?:
            let text = scanner.text(slice, limit: codeLimit)
            verdict.code = text
            number = Int(text)
        case .number(let range)?:
            verdict.code = scanner.numberText(range)
            number = scanner.int(range)
        case nil: break
        }
        if isSuccess(status) { verdict.outcome = .rejected }
        if let meaning = verdict.message.flatMap(ErrorMeaning.init(message:)) ?? number.flatMap(ErrorMeaning.init(code:))
            ?? verdict.code.flatMap(ErrorMeaning.init(word:)) ?? verdict.message.flatMap(ErrorMeaning.init(word:))
        {
            // A code tells more than a 2xx or a 4xx; behind a 5xx the work may have been done all the same.
            if status < 500 { verdict.outcome = meaning.outcome }
            verdict.category = meaning.category
            verdict.isRetryableCode = meaning.isRetryable
            verdict.verification = meaning.verification
            if meaning.category == .authentication { verdict.authentication = .tokenRejected }
        }
        if status == 401 { readAuthentication(into: &verdict) }
    }

    /// The two kinds of 401. Source: `ProxyUnauthorizedResponse` of Zuora's SDK.
    private static func readAuthentication(into verdict: inout UpstreamVerdict) {
        verdict.outcome = .notPermitted
        verdict.authentication =
            verdict.message?.utf8.starts(with: "Failed to get user info".utf8) == true ? .backendTrouble : .tokenRejected
    }
}
