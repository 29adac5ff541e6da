import Policy
import Testing

/// Reads a response to a cancel.
func verdict(
    _ status: Int, _ body: String, type: String = "application/json", isComplete: Bool = true
) -> UpstreamVerdict {
    verdict(status, Array(body.utf8)[...], type: type, isComplete: isComplete)
}

func verdict(
    _ status: Int, _ body: ArraySlice<UInt8>, type: String = "application/json", isComplete: Bool = true
) -> UpstreamVerdict {
    let (type, body) = (Array(type.utf8), Array(body))
    return OutcomeReader.read(
        status: status, contentType: type.span, body: body.span, isComplete: isComplete)
}

/// One response and what it must be read as.
struct ResponseCase: Sendable, CustomTestStringConvertible {
    var status: Int
    var body: String
    var shape: BodyShape
    var outcome: CancelOutcome
    var code: String?
    var isRetryable = false
    var authentication = UpstreamVerdict.Authentication.accepted
    var verification = UpstreamVerdict.Verification.no

    init(
        _ status: Int, _ body: String, _ shape: BodyShape, _ outcome: CancelOutcome, code: String? = nil, retryable: Bool = false,
        auth: UpstreamVerdict.Authentication = .accepted, verify: UpstreamVerdict.Verification = .no
    ) {
        self.status = status
        self.body = body
        self.shape = shape
        self.outcome = outcome
        self.code = code
        isRetryable = retryable
        authentication = auth
        verification = verify
    }

    var testDescription: String { "\(status) \(body.prefix(80))" }
}

@Suite struct OutcomeReaderTests {
    static let jobs = [
        ResponseCase(
            200, #"{"id":"8a80","batches":[{"status":"completed"}],"status":"cancelled","version":"1.1"}"#, .job, .cancelled),
        ResponseCase(200, #"{"status":"canceled","batches":[]}"#, .job, .cancelled),
        ResponseCase(200, #"{"status":"completed","batches":[]}"#, .job, .alreadyFinished),
        ResponseCase(200, #"{"status":"aborted","batches":[]}"#, .job, .alreadyFinished),
        ResponseCase(200, #"{"status":"error","batches":[]}"#, .job, .alreadyFinished),
        ResponseCase(200, #"{"status":"executing","batches":[]}"#, .job, .unknown, verify: .always),
        ResponseCase(200, #"{"batches":[{"status":"cancelled"}]}"#, .job, .unknown, verify: .always),
        // One member says that it worked, another that it did not.
        ResponseCase(200, #"{"success":false,"status":"cancelled"}"#, .unreadable, .unknown, verify: .always),
        ResponseCase(
            200, #"{"success":false,"reasons":[{"code":53100020,"message":"x"}],"status":"cancelled"}"#, .unreadable, .unknown,
            verify: .always),
        ResponseCase(
            200, #"{"Success":false,"Errors":[{"Code":"1","Message":"x"}],"status":"cancelled"}"#, .unreadable, .unknown,
            verify: .always),
        ResponseCase(200, #"{"code":90009,"status":"cancelled"}"#, .unreadable, .unknown, verify: .always),
        ResponseCase(200, #"{"errorCode":"90002","status":"cancelled"}"#, .unreadable, .unknown, verify: .always),
        ResponseCase(200, #"{"errorCode":"90009","status":"cancelled"}"#, .unreadable, .unknown, verify: .always),
        ResponseCase(
            200, #"{"status":"executing","data":{"queryStatus":"cancelled"}}"#, .unreadable, .unknown, verify: .always),
        ResponseCase(
            200, #"{"status":"\u0065xecuting","data":{"queryStatus":"cancelled"}}"#, .unreadable, .unknown, verify: .always),
        ResponseCase(200, #"{"status":"c\u0061ncelle\u0064","batches":[]}"#, .job, .cancelled),
        // No error.
        ResponseCase(200, #"{"status":"cancelled","success":true,"code":0}"#, .job, .cancelled),
        ResponseCase(200, #"{"status":"cancelled","code":"200","success":true,"batches":[]}"#, .job, .cancelled),
        ResponseCase(200, #"{"status":"cancelled","code":"OK","batches":[]}"#, .job, .cancelled),
        ResponseCase(
            200, #"{"status":"cancelled","success":true,"reasons":[{"code":0,"message":"x"}],"batches":[]}"#, .job, .cancelled),
        ResponseCase(200, #"{"code":"200","message":"OK"}"#, .otherJSON, .unknown, verify: .always),
        ResponseCase(
            200, #"{"id":"8a80","status":"executing","errorCode":"","message":"","batches":[]}"#, .job, .unknown, verify: .always),
        // A message alone may say anything.
        ResponseCase(200, #"{"message":"The job has been cancelled"}"#, .otherJSON, .unknown, verify: .always),
        ResponseCase(202, #"{"message":"Accepted"}"#, .otherJSON, .unknown, verify: .always),
        ResponseCase(200, #"{"status":200,"message":"OK"}"#, .otherJSON, .unknown, verify: .always),
        ResponseCase(200, #"{"code":0,"message":"success"}"#, .otherJSON, .unknown, verify: .always),
        // The error of one query, and no error at all, beside the state.
        ResponseCase(200, #"{"errorCode":"90007","message":"x","status":"cancelled"}"#, .job, .cancelled),
        ResponseCase(200, #"{"errorCode":null,"message":null,"status":"cancelled"}"#, .job, .cancelled),
        ResponseCase(200, #"{"data":{"id":"x","query":"s","queryStatus":"cancelled"}}"#, .dataQuery, .cancelled),
        ResponseCase(200, #"{"status":"cancelled","errorCode":"90003"}"#, .job, .alreadyCancelled, verify: .ifRepeated),
        ResponseCase(200, #"{"data":{"queryStatus":"completed"}}"#, .dataQuery, .alreadyFinished),
        ResponseCase(200, #"{"data":{"queryStatus":"failed","errorCode":"LINK_1"}}"#, .dataQuery, .alreadyFinished),
        ResponseCase(200, #"{"data":{"queryStatus":"in_progress"}}"#, .dataQuery, .unknown, verify: .always),
        ResponseCase(200, "", .none, .unknown, verify: .always),
        ResponseCase(204, "", .none, .unknown, verify: .always),
        ResponseCase(200, "{}", .otherJSON, .unknown, verify: .always),
        ResponseCase(200, "[]", .otherJSON, .unknown, verify: .always),
        ResponseCase(200, #"{"success":true}"#, .otherJSON, .unknown, verify: .always),
        ResponseCase(200, #"{"success":true,"message":"ok"}"#, .otherJSON, .unknown, verify: .always),
        ResponseCase(200, #"{"success":true,"code":0,"message":"ok"}"#, .otherJSON, .unknown, verify: .always),
        ResponseCase(200, #"{"success":true,"status":200,"message":"ok"}"#, .otherJSON, .unknown, verify: .always),
        ResponseCase(400, #"{"success":true,"message":"ok"}"#, .messageOnly, .rejected),
        ResponseCase(200, #"{"status":"cancelled""#, .unreadable, .unknown, verify: .always),
        ResponseCase(200, #"{"status":"cancelled","status":"completed"}"#, .unreadable, .unknown, verify: .always),
        // Of two, one is no word.
        ResponseCase(200, #"{"id":"abc","status":"cancelled","status":null}"#, .unreadable, .unknown, verify: .always),
        ResponseCase(200, #"{"status":{"a":1},"status":"cancelled"}"#, .unreadable, .unknown, verify: .always),
        ResponseCase(200, #"{"status":"cancelled","id":"a","id":[]}"#, .unreadable, .unknown, verify: .always),
        ResponseCase(200, #"{"status":"cancelled","errorCode":null,"errorCode":null}"#, .unreadable, .unknown, verify: .always),
        ResponseCase(
            200, #"{"data":{"queryStatus":"cancelled","queryStatus":1}}"#, .unreadable, .unknown, verify: .always),
        ResponseCase(200, #"{"data":{"queryStatus":"cancelled"},"data":null}"#, .unreadable, .unknown, verify: .always),
        ResponseCase(200, #"{"errorCode":null,"data":{"queryStatus":"cancelled","errorCode":null}}"#, .dataQuery, .cancelled),
        ResponseCase(302, "", .none, .unknown),
    ]

    /// A word that names the error, wherever it stands.
    @Test func `a word for an error is known as a message, too`() {
        for word in ["REQUEST_EXCEEDED_RATE", "REQUEST_EXCEEDED_LIMIT"] {
            let asCode = verdict(200, #"{"success":false,"reasons":[{"code":"\#(word)","message":"x"}]}"#)
            let asMessage = verdict(200, #"{"message":"\#(word)"}"#)
            #expect(asMessage.category == asCode.category && asMessage.outcome == asCode.outcome)
            #expect(asMessage.isRetryableCode)
        }
    }

    static let errors = [
        ResponseCase(
            200, #"{"errorCode":"90003","message":"Invalid Job Id for job cancellation."}"#, .errorCode, .alreadyFinished,
            code: "90003", verify: .always),
        ResponseCase(200, #"{"errorCode":90003}"#, .errorCode, .alreadyFinished, code: "90003", verify: .always),
        ResponseCase(400, #"{"errorCode":"90003"}"#, .errorCode, .alreadyFinished, code: "90003", verify: .always),
        ResponseCase(200, #"{"errorCode":"90002"}"#, .errorCode, .unknownJob, code: "90002", verify: .ifRepeated),
        ResponseCase(200, #"{"errorCode":"90009"}"#, .errorCode, .notPermitted, code: "90009"),
        ResponseCase(200, #"{"errorCode":"90010"}"#, .errorCode, .unknown, code: "90010", verify: .always),
        ResponseCase(200, #"{"errorCode":"90022"}"#, .errorCode, .unknown, code: "90022", retryable: true),
        ResponseCase(200, #"{"errorCode":"90028"}"#, .errorCode, .rejected, code: "90028"),
        ResponseCase(200, #"{"errorCode":"90020"}"#, .errorCode, .rejected, code: "90020"),
        ResponseCase(
            200, #"{"success":false,"processId":"P","reasons":[{"code":50000040,"message":"not found"}]}"#, .reasons, .unknownJob,
            code: "50000040", verify: .always),
        ResponseCase(
            200, #"{"success":false,"reasons":[{"code":"50000050","message":"lock"}]}"#, .reasons, .rejected, code: "50000050",
            retryable: true),
        ResponseCase(
            200, #"{"success":false,"reasons":[{"code":50000061}]}"#, .reasons, .unknown, code: "50000061", retryable: true),
        ResponseCase(
            200, #"{"success":false,"reasons":[{"code":50000060}]}"#, .reasons, .unknown, code: "50000060", verify: .always),
        ResponseCase(
            200, #"{"success":false,"reasons":[{"code":50000070}]}"#, .reasons, .rejected, code: "50000070", retryable: true),
        ResponseCase(
            200, #"{"success":false,"reasons":[{"code":50000099}]}"#, .reasons, .unknown, code: "50000099", retryable: true),
        ResponseCase(200, #"{"success":false,"reasons":[{"code":50000010}]}"#, .reasons, .notPermitted, code: "50000010"),
        ResponseCase(
            200, #"{"success":false,"reasons":[{"code":90000011,"message":"auth"}]}"#, .reasons, .notPermitted, code: "90000011",
            auth: .tokenRejected),
        ResponseCase(400, #"{"reasons":[{"code":90000020,"message":"entity"}]}"#, .reasons, .wrongEntity, code: "90000020"),
        ResponseCase(200, #"{"reasons":[{"code":90000020}]}"#, .reasons, .wrongEntity, code: "90000020"),
        ResponseCase(401, #"{"reasons":[{"code":90000020}]}"#, .reasons, .wrongEntity, code: "90000020"),
        ResponseCase(500, #"{"reasons":[{"code":90000020}]}"#, .reasons, .wrongEntity, code: "90000020"),
        ResponseCase(
            429, #"{"reasons":[{"code":70,"message":"API Rate limit exceeded for the minute, retry after 3 seconds"}]}"#,
            .reasons, .rejected, code: "70", retryable: true),
        ResponseCase(
            500, #"{"reasons":[{"code":"SystemError","message":"x"}]}"#, .reasons, .unknown, code: "SystemError", verify: .always),
        ResponseCase(
            200, #"{"success":false,"reasons":[{"code":50000020,"message":"lock competition, please retry later"}]}"#, .reasons,
            .rejected, code: "50000020", retryable: true),
        ResponseCase(200, #"{"success":false,"reasons":[]}"#, .messageOnly, .rejected),
        ResponseCase(400, #"{"code":50000020,"message":"bad"}"#, .codeAndMessage, .rejected, code: "50000020"),
        ResponseCase(403, #"{"code":50000010,"message":"no"}"#, .codeAndMessage, .notPermitted, code: "50000010"),
        ResponseCase(
            404, #"{"code":"50000040","message":"none"}"#, .codeAndMessage, .unknownJob, code: "50000040", verify: .always),
        ResponseCase(404, "", .none, .unknownJob, verify: .always),
        ResponseCase(404, #"{"errorCode":"90002"}"#, .errorCode, .unknownJob, code: "90002", verify: .ifRepeated),
        ResponseCase(415, #"{"code":415,"message":"HTTP 415 Unsupported Media Type"}"#, .codeAndMessage, .rejected, code: "415"),
        ResponseCase(503, #"{"code":50000061,"message":"x"}"#, .codeAndMessage, .unknown, code: "50000061", retryable: true),
        ResponseCase(
            400, #"{"Success":false,"Errors":[{"Code":"INVALID","Message":"bad"}]}"#, .proxyErrors, .rejected, code: "INVALID"),
        ResponseCase(
            200, #"{"Success":false,"Errors":[{"Code":"REQUEST_EXCEEDED_RATE","Message":"x"}]}"#, .proxyErrors, .rejected,
            code: "REQUEST_EXCEEDED_RATE", retryable: true),
        ResponseCase(429, #"{"message":"request exceeded limit"}"#, .messageOnly, .rejected, retryable: true),
        ResponseCase(400, #"{"message":"No bearer token"}"#, .messageOnly, .rejected),
        ResponseCase(502, #"{"message":"x"}"#, .messageOnly, .unknown),
    ]

    static let authentication = [
        ResponseCase(401, #"{"message":"Authentication error"}"#, .messageOnly, .notPermitted, auth: .tokenRejected),
        ResponseCase(401, #"{"message":"Failed to get user info"}"#, .messageOnly, .notPermitted, auth: .backendTrouble),
        ResponseCase(
            401, #"{"timestamp":"t","status":401,"error":"Unauthorized","message":"x","path":"/v1"}"#, .spring, .notPermitted,
            auth: .tokenRejected),
        ResponseCase(
            401, #"{"success":false,"reasons":[{"code":90000011}]}"#, .reasons, .notPermitted, code: "90000011",
            auth: .tokenRejected),
        ResponseCase(401, "", .none, .notPermitted, auth: .tokenRejected),
        ResponseCase(401, "<html><title>Unauthorized</title></html>", .html, .notPermitted, auth: .tokenRejected),
        ResponseCase(401, "{", .unreadable, .notPermitted, auth: .tokenRejected),
        ResponseCase(403, #"{"status":403,"error":"Forbidden","path":"/x"}"#, .spring, .notPermitted),
    ]

    static let pages = [
        ResponseCase(403, "<HTML><HEAD>\n<TITLE>Access Denied</TITLE></HEAD></HTML>", .html, .rejected),
        ResponseCase(404, "<!DOCTYPE html><html><title>404</title></html>", .html, .rejected),
        ResponseCase(503, "  <html><head><title>Service Unavailable</title></head></html>", .html, .unknown),
        ResponseCase(200, "<html><body>maintenance</body></html>", .html, .unknown, verify: .always),
        ResponseCase(403, "<security:max-object-size>2047MB</security:max-object-size>", .xml, .rejected),
        ResponseCase(429, "Too many downloads", .text, .rejected),
        ResponseCase(502, "upstream connect error", .text, .unknown),
    ]

    @Test(arguments: jobs + errors + authentication + pages)
    func `every response format is parsed`(response: ResponseCase) {
        let verdict = verdict(response.status, response.body)
        #expect(verdict.shape == response.shape)
        #expect(verdict.outcome == response.outcome)
        #expect(verdict.code == response.code)
        #expect(verdict.isRetryableCode == response.isRetryable)
        #expect(verdict.authentication == response.authentication)
        #expect(verdict.verification == response.verification)
    }

    @Test(arguments: (jobs + errors + authentication + pages).filter { $0.shape != .unreadable })
    func `a truncated body never yields more than the complete one`(response: ResponseCase) {
        let body = Array(response.body.utf8)
        for end in 0..<body.count {
            for isComplete in [true, false] {
                let cut = verdict(response.status, body[..<end], isComplete: isComplete)
                if cut.outcome == .cancelled || cut.outcome == .alreadyFinished {
                    // That the cancelled job had been cancelled before may be said at the end.
                    let outcome = response.outcome == .alreadyCancelled ? .cancelled : response.outcome
                    #expect(cut.outcome == outcome, "\(end) bytes")
                    #expect(!isComplete || cut.outcome != .cancelled, "\(end) bytes")
                }
            }
        }
    }

    @Test func `code and message are bounded and their escapes resolved`() {
        let long = String(repeating: "é", count: 500)
        let verdict = verdict(400, #"{"code":"\u0041\#(long)","message":"\u00e9\#(long)"}"#)
        #expect(verdict.code?.utf8.count == 63)
        #expect(verdict.code?.hasPrefix("Aé") == true)
        #expect(verdict.message?.utf8.count == 200)
    }

    @Test(arguments: [
        #"{"code":1,"message":"Denied: authorization: bearer 0123456789abcdef, sorry"}"#,
        "<html><title>Denied: Authorization: Bearer 0123456789abcdef</title></html>",
        "Refused: GET / Authorization: Bearer abcdefghijklmnopqrstuvwxyz",
        #"{"code":1,"message":"\#(String(repeating: "a", count: 190)) Bearer 0123456789abcdef"}"#,
    ])
    func `a token that is repeated is not in the message`(body: String) {
        let message = verdict(403, body, type: body.hasPrefix("{") ? "application/json" : "text/html").message ?? ""
        #expect(message.lowercased().contains("bearer"))
        #expect(!message.contains("01") && !message.contains("abcdefg"))
    }

    @Test func `a message that speaks of tokens is kept`() {
        let body = #"{"code":1,"message":"The Bearer token has expired"}"#
        #expect(verdict(401, body).message == "The Bearer token has expired")
    }

    @Test func `members are found by exact name at their own level only`() {
        let nested = #"{"batches":[{"status":"cancelled","errorCode":"90003"}],"x":{"status":"cancelled"},"status":"completed"}"#
        #expect(verdict(200, nested).outcome == .alreadyFinished)
        #expect(verdict(200, #"{"Status":"cancelled"}"#).outcome == .unknown)
        #expect(verdict(200, #"{"st\u0061tus":"cancelled"}"#).outcome == .cancelled)
    }

    @Test func `a long job is read as far as it came`() {
        let body = #"{"status":"cancelled","batches":[{"query":"select"#
        let cut = verdict(200, body, isComplete: false)
        #expect(cut.outcome == .cancelled)
        let unknown = verdict(200, #"{"batches":[{"query":"select"#, isComplete: false)
        #expect(unknown.outcome == .unknown)
        #expect(unknown.verification == .always)
    }

    @Test func `strict status says what happened`() {
        let expected: [CancelOutcome: Int] = [
            .cancelled: 200, .alreadyCancelled: 200, .alreadyFinished: 409, .unknownJob: 404, .notPermitted: 403,
            .wrongEntity: 403,
            .rejected: 400, .unknown: 502,
        ]
        for outcome in CancelOutcome.allCases { #expect(outcome.strictStatus(upstream: 200) == expected[outcome]) }
        #expect(CancelOutcome.rejected.strictStatus(upstream: 422) == 422)
        #expect(CancelOutcome.rejected.strictStatus(upstream: 200, category: .lockContention) == 409)
        #expect(CancelOutcome.rejected.strictStatus(upstream: 200, category: .limitExceeded) == 429)
    }
}
