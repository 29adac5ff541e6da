import Policy
import Testing

@Suite struct JobFindingTests {
    @Test(
        arguments: [
            (200, #"{"status":"cancelled","batches":[]}"#, .cancelled),
            (200, #"{"status":"completed","batches":[]}"#, .finished(.completed)),
            (200, #"{"status":"aborted","errorCode":"90007","message":"x"}"#, .finished(.aborted)),
            (200, #"{"status":"executing"}"#, .running(.executing)),
            (200, #"{"status":"submitted"}"#, .running(.submitted)),
            (200, #"{"data":{"queryStatus":"accepted"}}"#, .running(.accepted)),
            (200, #"{"data":{"queryStatus":"cancelled"}}"#, .cancelled),
            (200, #"{"data":{"queryStatus":"failed","errorCode":"X","errorMessage":"m"}}"#, .finished(.failed)),
            (200, #"{"errorCode":"90002","message":"Invalid Job Id"}"#, .unknownJob),
            (200, #"{"errorCode":"90003"}"#, .unknownJob),
            (404, #"{"code":50000040,"message":"x"}"#, .unknownJob),
            (403, #"{"code":50000010,"message":"x"}"#, .hidden),
            (200, #"{"reasons":[{"code":90000020}]}"#, .hidden),
            (400, #"{"code":50000020,"message":"x"}"#, .hidden),
            (401, #"{"message":"Authentication error"}"#, .tokenRejected),
            (401, #"{"message":"Failed to get user info"}"#, .nothing),
            (429, #"{"reasons":[{"code":70}]}"#, .nothing),
            (503, "", .nothing), (500, #"{"code":50000060}"#, .nothing), (200, "", .nothing), (200, "<html>", .nothing),
            (200, #"{"success":false,"reasons":[{"code":50000061}]}"#, .nothing),
            (200, #"{"status":"somethingNew"}"#, .nothing),
        ] as [(Int, String, JobFinding)])
    func `a look at the job is read`(status: Int, body: String, finding: JobFinding) {
        #expect(JobFinding(status: status, verdict: verdict(status, body)) == finding)
    }
}
