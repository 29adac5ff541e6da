import Policy
import Testing
import Wire

@testable import Gateway

@Suite struct AccessRecordTests {
    private func line(_ record: AccessRecord) -> String {
        var lines = AccessLines()
        record.append(to: &lines, format: .json)
        return text(lines.json.bytes)
    }

    @Test func `a line has every member, in a fixed order, with times in milliseconds to the microsecond`() throws {
        let expected =
            #"{"time":"2026-02-20T09:30:00.125Z","caller":"billing","tenant":"acme","entity":"emea","route":"aqua.cancel","#
            + #""method":"DELETE","job_id":"8a8082e65b27f6c3015b4d6b8b1d2f6a","track_id":"nightly-77","#
            + #""zuora_request_id":"req-1","trace_id":"0af7651916cd43dd8448eb211c80319c","status":200,"outcome":"cancelled","#
            + #""attempts":2,"queue_ms":0,"token_ms":0.015,"connect_ms":4.25,"first_byte_ms":130,"total_ms":134.5,"#
            + #""bytes_in":0,"bytes_out":1633,"gzip_in":"deflated","gzip_out":"inflated","error":"timeout-total","#
            + #""detail":"The time limit passed.","listener":"127.0.0.1:8080","peer_pid":4711,"peer_uid":1001,"#
            + #""not_replayable":true,"client_gone":true}"#
            + "\n"
        #expect(try line(Samples.fullRecord()) == expected)
    }

    @Test func `what is not known is left out`() {
        let expected =
            #"{"time":"2026-02-20T09:30:00.125Z","method":"other","outcome":"relayed","attempts":0,"bytes_in":0,"bytes_out":0}"#
        #expect(line(AccessRecord(time: Samples.time)) == expected + "\n")
    }

    @Test(arguments: ["a\"b\\c", "line\nfeed", "\u{1B}[31mred", "caf\u{E9}", "\u{85}", "</script>"])
    func `what a caller chose cannot leave its place in the line`(value: String) throws {
        var record = AccessRecord(time: Samples.time)
        record.jobID = Samples.text(value)
        record.zuoraRequestID = Samples.text(value)
        record.errorDetail = value
        record.tenant = Samples.label(value)
        let line = line(record)
        #expect(line.utf8.filter { $0 == 0x0A }.count == 1)
        #expect(!line.utf8.dropLast().contains { $0 < 0x20 || $0 == 0x7F })
        let members = try object(line.utf8)
        for name in ["job_id", "zuora_request_id", "detail", "tenant"] { #expect(members[name] as? String == value) }
    }

    @Test func `bytes that are no UTF-8 still make a valid line`() throws {
        var record = AccessRecord(time: Samples.time)
        record.jobID = InlineText([0x61, 0xFF, 0xC3, 0x62].span)
        #expect(try object(line(record).utf8)["job_id"] as? String == "a\u{FFFD}\u{FFFD}b")
    }

    @Test(arguments: [0, 1, 63, 64, 65, 1000])
    func `an id is cut at 64 bytes`(count: Int) {
        let text = InlineText(Array(repeating: UInt8(ascii: "x"), count: count).span)
        #expect(text.bytes.count == min(count, 64))
    }

    @Test func `a line is put after what is there`() {
        var log = AccessLines()
        log.json.bytes = Array("before\n".utf8)
        for _ in 0..<2 { AccessRecord(time: Samples.time).append(to: &log, format: .json) }
        let lines = text(log.json.bytes).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first == "before")
        #expect(lines[1] == lines[2])
    }

    @Test func `the time that is kept for a second is right at every millisecond and second`() {
        var text = TimeText()
        var json = JSONWriter()
        for step in [0, 1, 5, 873, 874, 875, 999, 1000, 1874, 60_000, 59_000, 86_400_000] as [Int64] {
            let time = WallTime(nanoseconds: Samples.time.nanoseconds + step * 1_000_000)
            json.removeAll()
            text.write(time, to: &json)
            #expect(String(decoding: json.bytes, as: UTF8.self) == "\"\(time.rfc3339)\"")
        }
    }

    @Test func `every outcome of a cancel is logged as callers see it`() {
        for outcome in CancelOutcome.allCases { #expect("\(RequestOutcome(outcome).name)" == outcome.rawValue) }
        #expect(Set(RequestOutcome.allCases.map { "\($0.name)" }).count == RequestOutcome.count)
    }
}
