import Testing
import Wire

@testable import Policy

@Suite struct TrackIDTests {
    private func isLegal(_ value: [UInt8]) -> Bool { (try? TrackID(value.span)) != nil }

    @Test func `exactly the printable ASCII characters but four are legal`() {
        for byte in UInt8.min...UInt8.max {
            let expected = (0x20...0x7E).contains(byte) && !Array(":;\"'".utf8).contains(byte)
            #expect(isLegal([0x61, byte, 0x61]) == expected, "byte \(byte)")
        }
    }

    @Test(arguments: [(0, false), (1, true), (64, true), (65, false), (1000, false)])
    func `the length is 1 to 64`(_ length: Int, _ expected: Bool) {
        #expect(isLegal(Array(repeating: 0x61, count: length)) == expected)
    }

    @Test(arguments: [" a", "a ", " "])
    func `a space at an end is refused, since the next hop would trim it`(_ text: String) {
        #expect(!isLegal(Array(text.utf8)))
    }

    @Test(arguments: ["nightly-77", "a b", "(x)!#$%&*+,-./<=>?@[\\]^_`{|}~"])
    func `a legal value is kept byte for byte`(_ text: String) throws {
        let request = try SampleRequest("GET /", ["zUORA-tRACK-iD: \(text)"])
        let trackID = try TrackID.requested(request.head, request.bytes.span)
        #expect(trackID?.description == text)
    }

    @Test func `a request without one gets a fresh one`() throws {
        let request = try SampleRequest("GET /")
        var random = SplitMix64(seed: 1)
        let (first, refusal) = TrackID.resolve(request.head, request.bytes.span, using: &random)
        let (second, _) = TrackID.resolve(request.head, request.bytes.span, using: &random)
        #expect(refusal == nil)
        #expect(first != second)
        #expect(first.description.count == 26)
        #expect(isLegal(Array(first.description.utf8)))
    }

    @Test(arguments: [["Zuora-Track-Id: a:b"], ["Zuora-Track-Id:"], ["Zuora-Track-Id: a", "zuora-track-id: a"]])
    func `an illegal or repeated one is a 400 that carries a fresh one`(_ fields: [String]) throws {
        let request = try SampleRequest("GET /", fields)
        var random = SplitMix64(seed: 1)
        let (trackID, refusal) = TrackID.resolve(request.head, request.bytes.span, using: &random)
        #expect(refusal?.status == 400)
        #expect(trackID.description.count == 26)
    }

    @Test func `fresh ones do not collide, and use every character`() {
        var random = SplitMix64(seed: 7)
        let many = (0..<2000).map { _ in TrackID(using: &random).description }
        #expect(Set(many).count == many.count)
        for position in 0..<26 { #expect(Set(many.map { Array($0)[position] }).count == 32) }
    }
}
