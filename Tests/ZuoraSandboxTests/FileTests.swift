import Testing
import Wire

@testable import ZuoraSandbox

@Suite struct FileTests {
    var bench = Bench()

    private static func job(_ bench: inout Bench, _ more: JSONValue = [:]) throws -> String {
        let base: JSONValue = ["entity": "emea", "status": "completed", "records": 10, "executing": "1s"]
        let members = (base.object ?? []) + (more.object ?? [])
        return try #require(try bench.control("POST", "jobs", .object(members))["files"]?[0]?.string)
    }

    @Test mutating func `a completed batch's file has a line for each record and a header`() throws {
        let token = try bench.token()
        let file = try Self.job(&bench)
        for path in ["/v1/files/\(file)", "/v1/file/\(file)"] {
            let reply = bench.call("GET", path, token)
            #expect(reply.status == 200)
            #expect(reply.fields.first("Content-Type")?.hasPrefix("text/csv") == true)
            let lines = reply.text.split(separator: "\n")
            #expect(lines.count == 11 && lines.allSatisfy { $0.split(separator: ",").count == 4 })
        }
        #expect(
            bench.call("GET", "/v1/files/\(file)/status", token).json == [
                "success": true, "accessible": true, "status": "Completed",
            ])
    }

    @Test mutating func `a file of another scope, of an unfinished batch, or purged is not found`() throws {
        let token = try bench.token()
        let file = try Self.job(&bench)
        let missing = bench.call("GET", "/v1/files/\(file)", token, entity: Bench.amer)
        #expect(missing.status == 404 && missing.json?["reasons"]?[0]?["code"] == "SystemError")
        let running = try bench.control("POST", "jobs", ["entity": "emea", "status": "executing"])
        let early = try #require(running["files"]?[0]?.string)
        #expect(bench.call("GET", "/v1/files/\(early)", token).status == 404)
        #expect(bench.call("GET", "/v1/files/\(early)/status", token).json?["success"] == false)
        bench.pass(.seconds(3 * 86_400 - 60))
        #expect(bench.call("GET", "/v1/files/\(file)", try bench.token()).status == 200)
        bench.pass(.seconds(60))
        #expect(bench.call("GET", "/v1/files/\(file)", try bench.token()).status == 404)
    }

    @Test mutating func `results may be split into segments`() throws {
        let token = try bench.token()
        _ = try Self.job(&bench, ["id": "split", "segments": 2])
        let batch = try #require(bench.call("GET", Bench.jobPath("split"), token).json?["batches"]?[0])
        let segments = try #require(batch["segments"]?.array).compactMap(\.string)
        #expect(segments.count == 2 && batch["fileId"] == nil)
        for file in segments { #expect(bench.call("GET", "/v1/files/\(file)", token).body.count == 6 * 64) }
    }

    @Test mutating func `a gzip result is a gzip file, not a coding`() throws {
        let token = try bench.token()
        let file = try Self.job(&bench, ["format": "gzip"])
        let reply = bench.call("GET", "/v1/files/\(file)", token, fields: [Field("Accept-Encoding", "gzip")])
        #expect(reply.fields.first("Content-Encoding") == nil)
        #expect(try Bench.inflate(reply.raw).count == 11 * 64)
    }

    @Test mutating func `a file of any size exists by its id, up to 2047 MB, without being held in memory`() throws {
        let token = try bench.token()
        let largest = bench.call("GET", "/v1/files/file-2047MiB", token)
        #expect(largest.status == 200 && largest.body.count == 2047 << 20 && largest.body.bytes == nil)
        let tooLarge = bench.call("GET", "/v1/files/file-2GiB", token)
        #expect(tooLarge.status == 403)
        #expect(tooLarge.text == "<security:max-object-size>2047MB</security:max-object-size>")
        try bench.settings(["file_limit": .number(JSONNumber(4 << 30))])
        #expect(bench.call("GET", "/v1/files/file-2GiB", token).body.count == 2 << 30)
        #expect(bench.call("GET", "/v1/files/file-0", token).body.count == 0)
        #expect(bench.call("GET", "/v1/files/file-x", token).status == 404)
    }

    @Test mutating func `a long download is compressed while it is sent`() throws {
        let token = try bench.token()
        let gzip = [Field("Accept-Encoding", "gzip")]
        let reply = bench.call("GET", "/v1/files/file-10MiB", token, fields: gzip)
        #expect(reply.delivery.compresses && reply.fields.first("Content-Encoding") == "gzip" && reply.body.bytes == nil)
        #expect(!bench.call("GET", "/v1/files/file-10MiB", token).delivery.compresses)
        #expect(!bench.call("GET", "/v1/files/file-1000", token, fields: gzip).delivery.compresses)
    }

    @Test mutating func `a fault strikes a download by the file's id`() throws {
        let token = try bench.token()
        #expect(bench.call("GET", "/v1/files/fault-truncate", token).delivery.ending == .closeAfter(32 << 10))
        #expect(bench.call("GET", "/v1/files/fault-429-text-once", token).text.contains("concurrent downloads"))
        #expect(bench.call("GET", "/v1/files/fault-429-text-once", token).body.count == 64 << 10)
    }

    // MARK: Content

    @Test(arguments: [0, 1, 63, 64, 65, 1000, 64 * 50])
    func `content has exactly its size and ends with a line feed`(count: Int) {
        let bytes = SyntheticContent(count: count, seed: 3).bytes(0..<count)
        #expect(bytes.count == count)
        if count > 0 { #expect(bytes.last == UInt8(ascii: "\n")) }
    }

    @Test func `any stretch is that of the whole`() {
        let content = SyntheticContent(count: 1000, seed: 9)
        let whole = content.bytes(0..<1000)
        for (low, high) in [(0, 10), (60, 70), (64, 128), (999, 1000), (130, 700), (500, 500)] {
            #expect(content.bytes(low..<high) == Array(whole[low..<high]))
        }
        #expect(content.bytes(990..<5000) == Array(whole[990...]))
    }

    @Test func `the same seed makes the same content and another seed another`() {
        let a = SyntheticContent(count: 640, seed: 1).bytes(0..<640)
        #expect(a == SyntheticContent(count: 640, seed: 1).bytes(0..<640))
        #expect(a != SyntheticContent(count: 640, seed: 2).bytes(0..<640))
    }

    @Test func `the end of two gibibytes is made without the beginning`() {
        let content = SyntheticContent(count: 2 << 30, seed: 1)
        #expect(content.bytes((2 << 30) - 64..<2 << 30).count == 64)
        #expect(content.bytes((1 << 30)..<(1 << 30) + 12) == Array("000016777216".utf8))
    }
}
