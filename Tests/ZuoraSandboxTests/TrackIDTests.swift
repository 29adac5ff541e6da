import Testing

@testable import ZuoraSandbox

@Suite struct TrackIDTests {
    var bench = Bench()
    let path = Bench.jobPath("executing")

    @Test mutating func `a track id is echoed byte for byte, and only if it was sent`() throws {
        let token = try bench.token()
        #expect(
            bench.call("GET", path, token, fields: [Field("zuora-track-id", "Nightly 77/ä".filter(\.isASCII))])
                .fields.first("Zuora-Track-Id") == "Nightly 77/")
        #expect(bench.call("GET", path, token).fields.first("Zuora-Track-Id") == nil)
    }

    @Test(arguments: ["a:b", "a;b", "a\"b", "a'b", "ä", String(repeating: "x", count: 65), "a\u{7F}"])
    mutating func `an illegal track id is rejected, ignored or echoed`(value: String) throws {
        let token = try bench.token()
        let fields = [Field("Zuora-Track-Id", value)]
        let rejected = bench.call("GET", path, token, fields: fields)
        #expect(rejected.status == 400 && rejected.fields.first("Zuora-Track-Id") == nil)
        try bench.settings(["illegal_track_id": "ignore"])
        let ignored = bench.call("GET", path, token, fields: fields)
        #expect(ignored.status == 200 && ignored.fields.first("Zuora-Track-Id") == nil)
        try bench.settings(["illegal_track_id": "echo"])
        #expect(bench.call("GET", path, token, fields: fields).fields.first("Zuora-Track-Id") == value)
    }

    @Test mutating func `a track id of 64 characters is legal, and two of them are not`() throws {
        let token = try bench.token()
        let long = Field("Zuora-Track-Id", String(repeating: "x", count: 64))
        #expect(bench.call("GET", path, token, fields: [long]).status == 200)
        #expect(bench.call("GET", path, token, fields: [long, long]).status == 400)
    }

    @Test mutating func `a refusal and a fault carry the track id and a request id too`() throws {
        let track = [Field("Zuora-Track-Id", "t")]
        for path in [path, Bench.jobPath("fault-all-503")] {
            let reply = bench.send(SandboxRequest("GET", path, fields: track))
            #expect(reply.status >= 400)
            #expect(reply.fields.all("Zuora-Track-Id") == ["t"])
            #expect(reply.fields.first("Zuora-Request-Id")?.utf8.count == 36)
        }
    }

    @Test mutating func `request ids are never the same`() throws {
        let token = try bench.token()
        let ids = (0..<100).compactMap { _ in bench.call("GET", path, token).fields.first("Zuora-Request-Id") }
        #expect(Set(ids).count == 100)
    }
}
