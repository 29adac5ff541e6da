import Testing

@testable import Gateway

@Suite struct PartialSuccessTests {
    private static let contents: [(String, Int, String)] = [
        (#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}"#, 3, "too old"),
        (#"{"other":[1,{"a":2}],"partialSuccess":{"more":{},"rejectedSpans":3}}"#, 3, ""),
        (#"{"partialSuccess":{"errorMessage":"soon to be refused"}}"#, 0, "soon to be refused"),
        (#"{"partialSuccess":{}}"#, 0, ""), (#"{"partialSuccess":null}"#, 0, ""), ("{}", 0, ""), ("", 0, ""), ("[]", 0, ""),
        (#"{"partialSuccess":{"rejectedSpans":"-3"}}"#, 0, ""),
        (#"{"partialSuccess":{"rejectedSpans":"99999999999999999999"}}"#, 0, ""),
        (#"{"partialSuccess":{"rejectedSpans":"2""#, 2, ""),
    ]

    @Test(arguments: contents.indices) func `it says what was rejected, and why`(index: Int) {
        let (content, rejected, message) = Self.contents[index]
        let partly = PartialSuccess(Array(content.utf8).span)
        #expect(partly.rejectedSpans == rejected && partly.message == message)
    }

    @Test func `a long reason is shortened`() {
        let content = #"{"partialSuccess":{"rejectedSpans":"1","errorMessage":"\#(String(repeating: "x", count: 1000))"}}"#
        #expect(PartialSuccess(Array(content.utf8).span).text.utf8.count < 300)
    }
}
