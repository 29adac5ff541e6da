import Wire

/// Forms of an error response to a cancel. Zuora does not document which one it uses when.
public enum RefusalShape: String, Hashable, Sendable, CaseIterable {
    /// 200 with `errorCode` as a string.
    case errorCode = "error-code"
    /// 200 with `errorCode` as a number.
    case errorCodeNumber = "error-code-number"
    /// 200 with the job, and `errorCode` and `message` among its members.
    case errorCodeInJob = "error-code-in-job"
    /// 200 with `success: false`, code 50000030 or, for an unknown job, 50000040.
    case reasons
    /// 400 with the same.
    case reasons400 = "reasons-400"
    /// 400 `{"code","message"}`, AQuA's code as a number.
    case badRequest = "bad-request"
    /// 404 `{"code","message"}`, code 50000040.
    case notFound = "not-found"
    /// 404 in Spring's form.
    case spring
    /// 400 `{"Success":false,"Errors"}`.
    case proxyErrors = "proxy-errors"
    /// 403 `{"code","message"}`.
    case forbidden
    /// 200 with the unchanged job and no error. For an unknown job, `error-code`.
    case unchanged

    /// The response.
    /// - Parameters:
    ///   - job: the job's description, if there is one.
    ///   - code: AQuA's, 90002 or 90003.
    func reply(job: JSONValue?, code: Int, path: String, processID: String) -> SandboxReply {
        let text = code == 90002 ? "Invalid Job Id." : "Invalid Job Id for job cancellation."
        let general = code == 90002 ? 50_000_040 : 50_000_030
        switch self {
        case .errorCode: return ZuoraError.errorCode(code, text)
        case .errorCodeNumber: return ZuoraError.errorCode(code, text, asNumber: true)
        case .errorCodeInJob:
            let body = (job ?? .object([])).adding("errorCode", .string(String(code))).adding("message", .string(text))
            return .json(200, body)
        case .reasons: return ZuoraError.reasons(200, general, text, processID: processID)
        case .reasons400: return ZuoraError.reasons(400, general, text, processID: processID)
        case .badRequest: return ZuoraError.code(400, code, text)
        case .notFound: return ZuoraError.code(404, 50_000_040, "Cannot find entity by key: the job.")
        case .spring: return ZuoraError.spring(404, "Not Found", text, path: path)
        case .proxyErrors: return ZuoraError.proxyErrors(400, String(code), text)
        case .forbidden: return ZuoraError.code(403, code, text)
        case .unchanged: return job.map { .json(200, $0) } ?? ZuoraError.errorCode(code, text)
        }
    }
}
