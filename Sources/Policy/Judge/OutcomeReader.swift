/// Reads what an upstream answer means. Pure, and without allocating when all went well.
public enum OutcomeReader {
    /// How much of a body is read, in bytes.
    public static let bodyLimit = 64 << 10

    static let codeLimit = 64
    static let messageLimit = 200

    /// - Parameters:
    ///   - status: the answer's status.
    ///   - contentType: the value of `Content-Type`; empty if there is none.
    ///   - body: the body, its content coding undone, at most `bodyLimit` bytes.
    ///   - isComplete: whether that is the whole body.
    ///   - kind: the route that was used. The outcome is meaningful for the cancel routes only.
    public static func read(
        status: Int, contentType: Span<UInt8>, body: Span<UInt8>, isComplete: Bool, kind: RouteSettings.Kind
    ) -> UpstreamVerdict {
        var verdict = UpstreamVerdict(outcome: outcome(ofStatus: status))
        if let first = firstByte(of: body) {
            if first == UInt8(ascii: "{") {
                readJSON(body, isComplete: isComplete, status: status, into: &verdict)
            } else if first == UInt8(ascii: "[") {
                verdict.shape = .otherJSON
            } else {
                readPage(body, contentType: contentType, status: status, into: &verdict)
            }
        }
        if status == 401, verdict.authentication == .accepted { verdict.authentication = .tokenRejected }
        if isSuccess(status), !verdict.isFailure, verdict.jobStatus == nil || verdict.shape == .unreadable {
            // A 2xx that does not say what became of the job.
            verdict.outcome = .unknown
            verdict.verification = .always
        }
        return verdict
    }

    /// What a cancel came to if its body does not say.
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
        let isHTML = PageSummary.isHTML(body) || (PageSummary.isMarkup(body) && contains("html", in: contentType))
        verdict.shape = isHTML ? .html : PageSummary.isMarkup(body) ? .xml : .text
        verdict.message = PageSummary.text(of: body, isHTML: isHTML)
        // A page comes from something before Zuora, which knows nothing of jobs and permissions.
        if status == 403 || status == 404 { verdict.outcome = .rejected }
        if isSuccess(status) { verdict.verification = .always }
    }

    static func isSuccess(_ status: Int) -> Bool { (200...299).contains(status) }

    private static func firstByte(of body: Span<UInt8>) -> UInt8? {
        var i = body.count >= 3 && body[0] == 0xEF && body[1] == 0xBB && body[2] == 0xBF ? 3 : 0
        while i < body.count {
            if body[i] > 0x20 { return body[i] }
            i += 1
        }
        return nil
    }

    private static func contains(_ word: StaticString, in text: Span<UInt8>) -> Bool {
        let count = word.utf8CodeUnitCount
        guard text.count >= count else { return false }
        for start in 0...text.count - count {
            var i = 0
            while i < count {
                // Static text lives as long as the program, and `i` is within it.
                let expected = unsafe word.utf8Start[i]
                guard text[start + i] | 0x20 == expected else { break }
                i += 1
            }
            if i == count { return true }
        }
        return false
    }
}
