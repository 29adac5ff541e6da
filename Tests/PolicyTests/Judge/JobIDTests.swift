import Policy
import Testing

/// Whether a body speaks of the job that was asked for.
@Suite struct JobIDTests {
    private func namesOtherJob(_ status: Int, _ body: String, job: String) -> Bool {
        let (type, body, job) = (Array("application/json".utf8), Array(body.utf8), Array(job.utf8))
        return OutcomeReader.read(
            status: status, contentType: type.span, body: body.span, isComplete: true, job: job.span
        ).namesOtherJob
    }

    @Test(arguments: [
        (#"{"id":"8a80","status":"cancelled"}"#, "8a80"), (#"{"id":"8A80","status":"cancelled"}"#, "8a80"),
        (#"{"id":"8a80-82E6","status":"cancelled"}"#, "8A8082e6"), (#"{"id":"8a8082e6","status":"cancelled"}"#, "8a80-82e6-"),
        (#"{"id":4711,"status":"cancelled"}"#, "4711"), (#"{"id":"\u0038a80","status":"cancelled"}"#, "8a80"),
        (#"{"id":"a b","status":"cancelled"}"#, "a%20b"), (#"{"id":"a-b","status":"cancelled"}"#, "a%2Db"),
        (#"{"data":{"id":"8a80","queryStatus":"cancelled"}}"#, "8a80"),
        // Other things have ids of their own.
        (#"{"id":"8a80","batches":[{"id":"1","batchId":"2"}],"status":"cancelled"}"#, "8a80"),
        (#"{"id":"4711","errorCode":"90003"}"#, "8a80"), (#"{"id":"4711","message":"x"}"#, "8a80"),
        (#"{"id":"4711","success":false,"reasons":[]}"#, "8a80"), (#"{"id":"4711","data":{"queryStatus":"cancelled"}}"#, "8a80"),
        // It does not say.
        (#"{"status":"cancelled"}"#, "8a80"), (#"{"id":null,"status":"cancelled"}"#, "8a80"), ("", "8a80"), ("<html>", "8a80"),
        (#"{"id":"8a81","status":"cancelled"}"#, ""),
    ])
    func `a body is about the job in the path, or says nothing of another`(body: String, job: String) {
        #expect(!namesOtherJob(200, body, job: job))
    }

    @Test(arguments: [
        (#"{"id":"8a81","status":"cancelled"}"#, "8a80"), (#"{"id":"8a8","status":"cancelled"}"#, "8a80"),
        (#"{"id":"8a800","status":"executing"}"#, "8a80"), (#"{"id":"","status":"cancelled"}"#, "8a80"),
        (#"{"id":"8a81","batches":[]}"#, "8a80"), (#"{"id":"8a81","errorCode":"90003","status":"completed"}"#, "8a80"),
        (#"{"data":{"id":"8a81","queryStatus":"cancelled"}}"#, "8a80"), (#"{"id":"8a80%","status":"cancelled"}"#, "8a80"),
        (#"{"id":"a%20b","status":"cancelled"}"#, "a%20b"),
    ])
    func `a body that is about another job is noticed`(body: String, job: String) {
        #expect(namesOtherJob(200, body, job: job))
        #expect(namesOtherJob(400, body, job: job))
    }
}
