import Testing
import Wire

@testable import ZuoraSandbox

@Suite struct CompressionTests {
    var bench = Bench()
    let gzip = [Field("Accept-Encoding", "gzip")]

    /// A job whose description is far longer than a thousand bytes.
    private static func longJob(_ bench: inout Bench, _ token: String) throws -> String {
        try bench.control("POST", "jobs", ["id": "long", "entity": "emea", "batches": 20])
        return Bench.jobPath("long")
    }

    @Test mutating func `a body over a thousand bytes is compressed for clients that accept it`() throws {
        let token = try bench.token()
        let path = try Self.longJob(&bench, token)
        let packed = bench.call("GET", path, token, fields: gzip)
        #expect(packed.fields.all("Content-Encoding") == ["gzip"])
        let plain = bench.call("GET", path, token)
        #expect(plain.fields.first("Content-Encoding") == nil)
        #expect(try packed.plain() == plain.raw)
        #expect(packed.raw.count < plain.raw.count)
    }

    @Test mutating func `a body of a thousand bytes stays plain, and one of a thousand and one does not`() throws {
        let token = try bench.token()
        let body = bench.call("GET", Bench.jobPath("executing"), token).raw.count
        try bench.settings(["gzip_threshold": .number(JSONNumber(body))])
        #expect(bench.call("GET", Bench.jobPath("executing"), token, fields: gzip).fields.first("Content-Encoding") == nil)
        try bench.settings(["gzip_threshold": .number(JSONNumber(body - 1))])
        #expect(bench.call("GET", Bench.jobPath("executing"), token, fields: gzip).fields.first("Content-Encoding") == "gzip")
        #expect(SandboxSettings().gzipThreshold == 1000)
    }

    @Test(arguments: [
        ("gzip", true), ("GZIP", true), ("deflate, gzip;q=0.5", true), ("*", true), ("x-gzip", true), ("gzip;q=0", false),
        ("gzip; q=0.0", false), ("*;q=0", false), ("identity", false), ("br", false), ("", false), ("*, gzip;q=0", false),
    ])
    mutating func `the weights of Accept-Encoding are honoured`(value: String, expected: Bool) throws {
        let token = try bench.token()
        let path = try Self.longJob(&bench, token)
        let reply = bench.call("GET", path, token, fields: [Field("accept-encoding", value)])
        #expect((reply.fields.first("Content-Encoding") == "gzip") == expected)
    }

    @Test mutating func `an error page is compressed by the same rule`() throws {
        let token = try bench.token()
        try bench.settings(["gzip_threshold": 10])
        let reply = bench.call("DELETE", Bench.jobPath("fault-503"), token, fields: gzip)
        #expect(reply.fields.first("Content-Encoding") == "gzip" && reply.text.contains("<TITLE>"))
    }

    @Test mutating func `compression can be turned off`() throws {
        let token = try bench.token()
        let path = try Self.longJob(&bench, token)
        try bench.settings(["gzip": false])
        #expect(bench.call("GET", path, token, fields: gzip).fields.first("Content-Encoding") == nil)
    }

    static let damages: [(GzipDamage, GzipError?)] = [
        (.corrupt, .corrupt), (.crc, .crc), (.length, .length), (.truncated, .truncated), (.trailing, .trailingGarbage),
        (.mislabelled, .notGzip), (.members, nil), (.unasked, nil), (.twice, nil), (.unlabelled, nil),
    ]

    @Test(arguments: damages)
    mutating func `compression can be damaged in every way that a decoder tells apart`(
        damage: GzipDamage, error: GzipError?
    ) throws {
        let token = try bench.token()
        let plain = bench.call("GET", Bench.jobPath("executing"), token).raw
        try bench.control("POST", "faults", ["effect": .string(damage.rawValue)])
        let reply = bench.call("GET", Bench.jobPath("executing"), token, fields: gzip)
        #expect(reply.fields.all("Content-Encoding") == (damage == .unlabelled ? [] : ["gzip"]))
        if let error {
            #expect(throws: error) { try Bench.inflate(reply.raw) }
        } else {
            let once = try Bench.inflate(reply.raw)
            #expect(try damage == .twice ? Bench.inflate(once) == plain : once == plain)
        }
    }

    @Test(arguments: [GzipDamage.unasked, .unlabelled, .mislabelled])
    mutating func `content of any size can be labelled otherwise than it is coded`(damage: GzipDamage) throws {
        let token = try bench.token()
        try bench.control("POST", "faults", ["effect": .string(damage.rawValue)])
        let reply = bench.call("GET", "/v1/files/file-20MiB", token)
        #expect(reply.status == 200 && reply.body.count == 20 << 20 && reply.body.bytes == nil)
        #expect(reply.delivery.compresses == (damage != .mislabelled))
        #expect(reply.fields.all("Content-Encoding") == (damage == .unlabelled ? [] : ["gzip"]))
    }

    @Test(arguments: [GzipDamage.corrupt, .crc, .length, .truncated, .trailing, .members, .twice])
    mutating func `content that would not be damaged whole is refused with a reason`(damage: GzipDamage) throws {
        let token = try bench.token()
        try bench.control("POST", "faults", ["effect": .string(damage.rawValue)])
        let reply = bench.call("GET", "/v1/files/file-20MiB", token)
        #expect(reply.status == 500 && reply.fields.first("Content-Encoding") == nil)
        #expect(reply.text.contains("16 MiB") && reply.text.contains(damage.rawValue))
    }

    @Test func `every damage but the bomb is in the table`() {
        #expect(Set(Self.damages.map(\.0)) == Set(GzipDamage.allCases).subtracting([.bomb]))
    }

    @Test mutating func `a bomb is made while it is sent`() throws {
        let token = try bench.token()
        let reply = bench.call("GET", Bench.jobPath("fault-get-gzip-bomb"), token)
        #expect(reply.body.count == 8 << 30 && reply.body.bytes == nil)
        #expect(reply.delivery.compresses && reply.fields.all("Content-Encoding") == ["gzip"])
    }
}
