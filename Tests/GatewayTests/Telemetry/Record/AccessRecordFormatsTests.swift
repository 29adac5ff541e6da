import Network
import Testing

@testable import Gateway

@Suite struct AccessRecordFormatsTests {
    private func fullRecord() throws -> AccessRecord {
        var record = try Samples.fullRecord()
        record.client = ConnectionClient(address: "2001:db8::7", certificateName: "spiffe://example/billing")
        return record
    }

    private func line(_ record: AccessRecord, _ format: LogFormat) -> String {
        var log = AccessLines()
        log.json.bytes = Array("before\n".utf8)
        record.append(to: &log, format: format)
        let lines = text(log.json.bytes).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 3 && lines.first == "before" && lines.last == "")
        return String(lines[1])
    }

    @Test func `every format has every member`() throws {
        let record = try fullRecord()
        let json = try object(line(record, .json).utf8)
        #expect(Set(json.keys) == Set(AccessMember.allCases.map { "\($0.name)" } + ["time"]))
        let ecs = try object(line(record, .ecs).utf8)
        #expect(Set(AccessMember.allCases.map { "\($0.ecs)" }).isSubset(of: ecs.keys))
        let text = line(record, .text)
        for member in AccessMember.allCases where ![.method, .route, .status, .outcome].contains(member) {
            #expect(text.contains(" \(member.name)="), "\(member)")
        }
        let attributes = try otel(line(record, .otel)).attributes
        for member in AccessMember.allCases where member != .traceID {
            #expect(attributes["\(member.attribute)"] != nil, "\(member)")
        }
    }

    @Test func `ecs has the schema's names, and numbers as numbers`() throws {
        let ecs = try object(line(try fullRecord(), .ecs).utf8)
        #expect(ecs["@timestamp"] as? String == "2026-02-20T09:30:00.125Z")
        #expect(ecs["log.level"] as? String == "info" && ecs["ecs.version"] as? String == "8.11.0")
        #expect(ecs["message"] as? String == "DELETE aqua.cancel 200 cancelled")
        #expect(ecs["http.response.status_code"] as? Int == 200 && ecs["http.response.body.bytes"] as? Int == 1633)
        #expect(ecs["event.duration"] as? Int == 134_500_000 && ecs["event.outcome"] as? String == "success")
        #expect(ecs["client.ip"] as? String == "2001:db8::7")
        #expect(ecs["trace.id"] as? String == "0af7651916cd43dd8448eb211c80319c")
        #expect(ecs["zuora_gateway.token_ms"] as? Double == 0.015)
    }

    private func otel(_ line: String) throws -> (record: [String: Any], attributes: [String: [String: Any]]) {
        let resource = try #require((try object(line.utf8)["resourceLogs"] as? [[String: Any]])?.first)
        let scope = try #require((resource["scopeLogs"] as? [[String: Any]])?.first)
        let record = try #require((scope["logRecords"] as? [[String: Any]])?.first)
        let pairs = (record["attributes"] as? [[String: Any]] ?? []).map {
            ($0["key"] as? String ?? "", $0["value"] as? [String: Any] ?? [:])
        }
        return (record, Dictionary(pairs) { a, _ in a })
    }

    @Test func `otel is a record of OTLP`() throws {
        let (record, attributes) = try otel(line(try fullRecord(), .otel))
        #expect(record["timeUnixNano"] as? String == "1771579800125000000")
        #expect(record["severityNumber"] as? Int == 9 && record["severityText"] as? String == "info")
        #expect((record["body"] as? [String: String])?["stringValue"] == "DELETE aqua.cancel 200 cancelled")
        #expect(record["traceId"] as? String == "0af7651916cd43dd8448eb211c80319c")
        #expect(record["spanId"] as? String == "0000000000000001" && record["flags"] as? Int == 1)
        #expect(attributes["http.response.status_code"]?["intValue"] as? String == "200")
        #expect(attributes["zuora_gateway.total_ms"]?["doubleValue"] as? Double == 134.5)
        #expect(attributes["zuora_gateway.client_gone"]?["boolValue"] as? Bool == true)
        #expect(attributes["client.address"]?["stringValue"] as? String == "2001:db8::7")
    }

    @Test func `text begins with what people look for, and quotes what would be ambiguous`() throws {
        let text = line(try fullRecord(), .text)
        #expect(text.hasPrefix("2026-02-20T09:30:00.125Z access DELETE aqua.cancel 200 cancelled caller=billing tenant=acme "))
        #expect(text.contains(#" error=timeout-total detail="The time limit passed." "#))
        #expect(text.contains(" total_ms=134.5 bytes_in=0 "))
        #expect(
            line(AccessRecord(time: Samples.time), .text).hasSuffix(" access other - - relayed attempts=0 bytes_in=0 bytes_out=0")
        )
    }

    @Test(arguments: LogFormat.allCases, ["a\"b\\c", "line\nfeed", "\u{1B}[31mred", "a=b c", ""])
    func `what a caller chose cannot leave its place in any format`(_ format: LogFormat, _ value: String) throws {
        var record = AccessRecord(time: Samples.time)
        record.jobID = Samples.text(value)
        let line = line(record, format)
        #expect(!line.utf8.contains { $0 < 0x20 || $0 == 0x7F })
        if format == .ecs { #expect(try object(line.utf8)["zuora_gateway.job_id"] as? String == value) }
        if format == .text { #expect(line.contains(" job_id=\"") && line.contains(" outcome") == false) }
    }
}
