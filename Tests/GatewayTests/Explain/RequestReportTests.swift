import Configuration
import Foundation
import Policy
import Testing
import Wire

@testable import Gateway

/// What `explain` says, compared with what the phases do.
@Suite struct RequestReportTests {
    private static let tenant = """
        [tenants.acme]
        upstream = "http://127.0.0.1:9080"
        token = "t"
        routes = ["aqua.cancel", "aqua.submit"]

        """

    private func report(
        _ method: String, _ target: String, _ fields: [String] = [], _ configuration: String = ""
    ) throws -> RequestReport {
        let configuration = try Configuration.parse(text: Self.tenant + configuration, file: "proxy.conf")
        var random = SplitMix64(seed: 3)
        let request = ImaginedRequest(method: method, target: target, fields: ["X-Zuora-Tenant: acme"] + fields)
        return configuration.explain(request, using: &random)
    }

    private func cancel(_ fields: [String] = [], _ configuration: String = "") throws -> RequestReport {
        try report("DELETE", "/v1/batch-query/jobs/a", fields, configuration)
    }

    private func line(_ name: String, _ report: RequestReport) -> [String] {
        report.sent.filter { $0.name == name }.map { "\($0.value): \($0.origin.rawValue)" }
    }

    private func limits(_ report: RequestReport) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(report.json)) as? [String: Any]
        return try #require(object?["limits"] as? [String: Any])
    }

    private static let tracing = "[gateway.tracing]\nendpoint = \"http://127.0.0.1:4318/v1/traces\"\nratio = \"100%\"\n"
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    @Test func `with tracing, a sampled trace of the caller goes on with a span of the gateway's`() throws {
        let sampled = ["traceparent: 00-\(Self.trace)-00f067aa0ba902b7-01", "tracestate: a=1"]
        let lines = line("traceparent", try cancel(sampled, Self.tracing))
        #expect(lines.count == 1 && lines[0].hasPrefix("00-\(Self.trace)-") && !lines[0].contains("00f067aa0ba902b7"), "\(lines)")
        #expect(lines.first?.hasSuffix("-01: the caller's trace, with a new span of the gateway's") == true)
        #expect(line("tracestate", try cancel(sampled, Self.tracing)) == ["a=1: from the caller"])
        // Nothing changes without a collector, or if the caller does not sample.
        #expect(line("traceparent", try cancel(sampled)) == ["00-\(Self.trace)-00f067aa0ba902b7-01: from the caller"])
        let other = ["traceparent: 00-\(Self.trace)-00f067aa0ba902b7-00"]
        #expect(
            line("traceparent", try cancel(other, Self.tracing)) == ["00-\(Self.trace)-00f067aa0ba902b7-00: from the caller"])
    }

    @Test func `a trace that begins here is marked as sampled if it is`() throws {
        func flags(_ configuration: String) throws -> Substring? {
            line("traceparent", try cancel([], configuration)).first?.prefix(55).suffix(2)
        }
        #expect(try flags(Self.tracing) == "03")
        #expect(try flags("") == "02")
        #expect(try flags(Self.tracing.replacing("100%", with: "0%")) == "02")
    }

    @Test(
        arguments: [
            ("DELETE", "/v1/batch-query/jobs/a", [], [:]), ("POST", "/v1/batch-query/", [], ["Content-Length": "0"]),
            ("DELETE", "/v1/batch-query/jobs/a", ["Content-Length: 5"], ["Content-Length": "5"]),
            (
                "POST", "/v1/batch-query/", ["Content-Length: 5000", "Content-Type: application/json"],
                ["Content-Length": "<of the compressed content>", "Content-Encoding": "gzip"]
            ),
            (
                "POST", "/v1/batch-query/", ["Content-Length: 1000", "Content-Type: application/json"], ["Content-Length": "1000"]
            ),
            (
                "POST", "/v1/batch-query/", ["Content-Length: 300000", "Content-Type: application/json"],
                ["Transfer-Encoding": "chunked", "Content-Encoding": "gzip"]
            ),
            ("POST", "/v1/batch-query/", ["Content-Length: 300000"], ["Content-Length": "300000"]),
            (
                "POST", "/v1/batch-query/", ["Transfer-Encoding: chunked", "Content-Type: application/json"],
                [
                    "Content-Encoding": "gzip <if above 1KiB>", "Content-Length": "<unless above 256KiB>",
                    "Transfer-Encoding": "chunked <if above 256KiB>",
                ]
            ),
            (
                "POST", "/v1/batch-query/", ["Transfer-Encoding: chunked"],
                ["Content-Length": "<unless above 256KiB>", "Transfer-Encoding": "chunked <if above 256KiB>"]
            ),
        ] as [(String, String, [String], [String: String])])
    func `it shows the fields about the content`(
        _ method: String, _ target: String, _ fields: [String], _ expected: [String: String]
    ) throws {
        let report = try report(method, target, fields)
        let names = ["Content-Length", "Transfer-Encoding", "Content-Encoding"]
        let lines = report.sent.filter { names.contains($0.name) }
        #expect(Dictionary(lines.map { ($0.name, $0.value) }) { $0 + "," + $1 } == expected)
        #expect(lines.allSatisfy { $0.origin == .gateway })
    }

    @Test func `gzip of unknown length is decoded for an upstream that gets none`() throws {
        let never = "gzip = { request = \"never\", response = \"auto\" }"
        let chunked = ["Transfer-Encoding: chunked", "Content-Encoding: gzip"]
        let report = try report("POST", "/v1/batch-query/", chunked, never)
        #expect(line("Content-Encoding", report) == [])
        #expect(line("Content-Length", report) == ["<unless above 256KiB>: set by the gateway"])
    }

    @Test func `it has the limits of the fleet and of a wait`() throws {
        let fleet = "[fleet]\nurl = \"rediss://store\"\n"
        let limited = try limits(try cancel([], "fleet_rate = 2\nretry = { max_wait = \"7s\" }\n" + fleet))
        #expect(limited["fleet_rate"] as? Int == 2)
        #expect((limited["retry"] as? [String: Any])?["max_wait_ms"] as? Int == 7000)
        #expect(try limits(try cancel([], "fleet_rate = 2\n"))["fleet_rate"] == nil)
        #expect(try limits(try cancel([], "fleet_rate = 2\n" + fleet + "share = [\"tokens\"]"))["fleet_rate"] == nil)
    }
}
