import Policy
import Testing

/// What of the content of a 200 has to be read to know that it is no refusal.
@Suite struct RefusalEnvelopeTests {
    private func find(_ text: some Sequence<UInt8>) -> RefusalEnvelope.Finding { RefusalEnvelope.find(in: Array(text).span) }

    static let envelopes = [
        #"{"success":false,"processId":"4A2B","reasons":[{"code":90000011,"message":"x"}]}"#,
        #"{"reasons":[{"code":90000011}],"requestId":"1","success":false}"#,
        #"{"Success":false,"Errors":[{"Code":"INVALID_SESSION"}]}"#, #" {"errorCode":"90000011","message":"x"}"#, "{}",
    ]

    @Test(arguments: envelopes)
    func `a refusal is found once it is whole, and not ruled out before`(text: String) {
        #expect(find(text.utf8) == .whole)
        for count in 0..<text.utf8.count { #expect(find(text.utf8.prefix(count)) == .undecided, "\(count)") }
    }

    @Test(arguments: [
        "[", "<html>", "a,b", "null", #"{"batches":["#, #"{"data":{"#, #"{"id":"1","name":"n","batches":["#,
        #"{"success":true,"#, #"{"success":false,"records":["#, #"{"success":false]"#,
    ])
    func `everything else is told by its first members`(text: String) {
        #expect(find(text.utf8) == .no)
    }

    @Test func `what is too large, empty or no JSON is not looked at`() {
        func isPossible(_ type: String, _ length: Int?, isCoded: Bool = false) -> Bool {
            RefusalEnvelope.isPossible(contentType: Array(type.utf8).span, length: length, isCoded: isCoded)
        }
        #expect(isPossible("application/json", nil) && isPossible("Application/JSON;charset=utf-8", 200))
        #expect(isPossible("application/json", 512, isCoded: true) && isPossible("application/json", 4096))
        #expect(!isPossible("application/json", 0) && !isPossible("application/json", 4097))
        #expect(!isPossible("application/json", 513, isCoded: true))
        #expect(!isPossible("text/csv", 200) && !isPossible("", nil))
    }
}
