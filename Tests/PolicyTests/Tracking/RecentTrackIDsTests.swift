import Policy
import Testing
import Wire

@Suite struct RecentTrackIDsTests {
    private var random = SplitMix64(seed: 7)

    private func id(_ text: String) throws -> TrackID { try TrackID(Array(text.utf8).span) }

    private func owner(_ recent: RecentTrackIDs, _ echo: String, for own: String) throws -> RecentTrackIDs.Owner {
        recent.owner(of: Array(echo.utf8).span, for: try id(own))
    }

    @Test func `an echo is the request's, another's, or unknown`() throws {
        var random = random
        var recent = RecentTrackIDs(using: &random)
        recent.add(try id("Nightly-1"))
        recent.add(try id("nightly-2"))
        #expect(try owner(recent, "Nightly-1", for: "Nightly-1") == .request)
        #expect(try owner(recent, "nIGHTLY-1", for: "Nightly-1") == .request)
        #expect(try owner(recent, "nightly-2", for: "Nightly-1") == .otherRequest)
        #expect(try owner(recent, "nightly-3", for: "Nightly-1") == .unknown)
        #expect(try owner(recent, "Nightly\r1", for: "Nightly-1") == .unknown, "letters alone have a case")
        #expect(try owner(recent, String(repeating: "x", count: 5000), for: "Nightly-1") == .unknown)
    }

    @Test func `the last 4096 are remembered`() throws {
        var random = random
        var recent = RecentTrackIDs(using: &random)
        for number in 0...RecentTrackIDs.capacity { recent.add(try id("id-\(number)")) }
        #expect(try owner(recent, "id-0", for: "own") == .unknown)
        #expect(try owner(recent, "id-1", for: "own") == .otherRequest)
        #expect(try owner(recent, "id-\(RecentTrackIDs.capacity)", for: "own") == .otherRequest)
    }
}
