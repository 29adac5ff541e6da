import Foundation
import TestSupport
import Testing

/// Access log, metrics and status page tell what was really sent, to the last request.
@Suite struct BooksTests {
    /// What is sent, how often, and how it has to be booked.
    fileprivate struct Item {
        var count: Int
        var request: Request
        var tenant = "(none)"
        var route = "(none)"
        var outcome: String
        var status: Int
        var error: String?
        var attempts = 0
        var verifications = 0
    }

    private static let acme: KeyValuePairs<String, String> = ["X-Zuora-Tenant": "acme"]
    private static let globex: KeyValuePairs<String, String> = ["X-Zuora-Tenant": "globex"]
    private static let mix = [
        Item(5, .get("executing", acme), "acme", "aqua.get", "relayed", 200, attempts: 1),
        Item(4, .get("executing", globex), "globex", "aqua.get", "relayed", 200, attempts: 1),
        Item(3, .cancel("executing.$N", acme), "acme", "aqua.cancel", "cancelled", 200, attempts: 1),
        Item(2, .cancel("executing.$N", globex), "globex", "aqua.cancel", "cancelled", 200, attempts: 1),
        Item(2, .cancel("done", acme), "acme", "aqua.cancel", "already-finished", 200, attempts: 1, verifications: 1),
        Item(1, .cancel("unknown-not-found", acme), "acme", "aqua.cancel", "unknown-job", 404, attempts: 1, verifications: 1),
        // Every attempt is answered by a 500, and the job is looked at after each.
        Item(2, .cancel("fault-500.$N", globex), "globex", "aqua.cancel", "unknown", 500, attempts: 4, verifications: 4),
        Item(1, .get("fault-500.$N", acme), "acme", "aqua.get", "relayed", 200, attempts: 1),
        Item(2, .submit.with("X-Zuora-Tenant", "acme"), "acme", "aqua.submit", "relayed", 200, attempts: 1),
        Item(2, .file("file-64KiB", acme), "acme", "files.get", "relayed", 200, attempts: 1),
        Item(3, Request("GET", "/v1/orders/$N", acme), "acme", outcome: "denied", 404, error: "no-route"),
        Item(2, Request("DELETE", "/v1/files/x", globex), "globex", outcome: "denied", 405, error: "method-not-allowed"),
        Item(
            2, Request("GET", "/query/jobs", globex), "globex", "dataquery.list", outcome: "denied", 403,
            error: "route-not-forwarded"),
        Item(1, .get("executing", ["X-Zuora-Tenant": "initech"]), outcome: "denied", 400, error: "unknown-tenant"),
        Item(1, .get("..", acme), "acme", outcome: "denied", 400, error: "bad-path"),
    ]

    @Test func `log, metrics and status say what was sent`() async throws {
        let settings = SceneSettings(
            admin: try LoopbackSocket.freePort(), gateway: "default_tenant = \"acme\"",
            tenant: #"retry = { attempts = 4, base = "1ms", cap = "2ms", budget = "100%" }"# + "\nbreaker = false",
            setUp: { try $0.liftLimits() })
        try await Scene.run(settings) { scene in
            var sent: [Sent] = []
            for item in Self.mix {
                for _ in 0..<item.count {
                    let number = sent.count
                    var request = item.request.with("Zuora-Track-Id", "book-\(number)")
                    request.path = request.path.replacingOccurrences(of: "$N", with: "\(number)")
                    let response = try scene.send(request)
                    #expect(response.status == item.status, "\(request.path): \(response.text)")
                    sent.append(
                        Sent(trackID: "book-\(number)", item: item, bytesIn: request.body.count, bytesOut: response.body.count))
                }
            }
            #expect(scene.gateway.wait { scene.gateway.standardOutput.split(separator: "\n").count == sent.count })
            try Self.checkLog(sent, scene)
            try Self.checkMetrics(sent, scene)
            try Self.checkStatus(sent, scene)
        }
    }

    private struct Sent {
        var trackID: String
        var item: Item
        var bytesIn: Int
        var bytesOut: Int
    }

    private static func checkLog(_ sent: [Sent], _ scene: Scene) throws {
        let lines = try scene.gateway.standardOutput.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(lines.map { $0["track_id"] as? String } == sent.map(\.trackID))
        for (line, sent) in zip(lines, sent) {
            let item = sent.item
            #expect(line["tenant"] as? String ?? "(none)" == item.tenant)
            #expect(line["route"] as? String ?? "(none)" == item.route)
            #expect(line["outcome"] as? String == item.outcome)
            #expect(line["status"] as? Int == item.status)
            #expect(line["error"] as? String == item.error)
            #expect(line["attempts"] as? Int ?? 0 == item.attempts + item.verifications)
            #expect(line["bytes_in"] as? Int ?? 0 == sent.bytesIn)
            #expect(line["bytes_out"] as? Int == sent.bytesOut)
            #expect(try scene.control.calls("&track=\(sent.trackID)").count == item.attempts + item.verifications)
        }
    }

    private static func checkMetrics(_ sent: [Sent], _ scene: Scene) throws {
        let text = try scene.admin("/metrics").text
        func samples(_ name: String) -> [String: Double] {
            var found: [String: Double] = [:]
            for line in text.split(separator: "\n") where line.hasPrefix("zuora_gateway_\(name)") {
                let parts = line.dropFirst("zuora_gateway_\(name)".count).split(separator: " ")
                if let labels = parts.first, let value = parts.last.flatMap({ Double($0) }) { found[String(labels)] = value }
            }
            return found
        }
        var requests: [String: Double] = [:]
        var timed: [String: Double] = [:]
        var (bytesIn, bytesOut, retries): ([String: Double], [String: Double], [String: Double]) = ([:], [:], [:])
        for sent in sent {
            let (item, tenant) = (sent.item, #"{tenant="\#(sent.item.tenant)"}"#)
            let labels = #"tenant="\#(item.tenant)",route="\#(item.route)""#
            requests[#"{\#(labels),outcome="\#(item.outcome)",status="\#(item.status / 100)xx"}"#, default: 0] += 1
            timed["{\(labels),phase=\"total\"}", default: 0] += 1
            bytesIn[tenant, default: 0] += Double(sent.bytesIn)
            bytesOut[tenant, default: 0] += Double(sent.bytesOut)
            retries[tenant, default: 0] += Double(max(item.attempts - 1, 0))
        }
        // Series of what never happened are zero.
        func happened(_ counts: [String: Double]) -> [String: Double] { counts.filter { $0.value > 0 } }
        #expect(happened(samples("requests_total")) == requests)
        #expect(samples("request_phase_seconds_count").filter { $0.key.contains("total") } == timed)
        #expect(happened(samples("received_bytes_total")) == happened(bytesIn))
        #expect(happened(samples("sent_bytes_total")) == happened(bytesOut))
        #expect(happened(samples("retries_total")) == happened(retries))
        let fetches = happened(samples("token_fetches_total"))
        #expect(fetches == [#"{tenant="acme",result="done"}"#: 1, #"{tenant="globex",result="done"}"#: 1])
        #expect(samples("client_connections_total").values.first == Double(sent.count + 1))
        // One for the requests, and one for the tokens.
        #expect(samples("upstream_connections_total").values.first ?? 0 >= 2)
        #expect(samples("requests_in_flight").values.allSatisfy { $0 == 0 })
        #expect(text.contains("\nzuora_gateway_access_log_dropped_lines_total 0\n"))
    }

    private static func checkStatus(_ sent: [Sent], _ scene: Scene) throws {
        let status = try scene.admin("/status.json").json
        #expect((status["totals"] as? [String: Any])?["requests"] as? Int == sent.count)
        for tenant in try #require(status["tenants"] as? [[String: Any]]) {
            let name = tenant["tenant"] as? String
            let mine = sent.filter { $0.item.tenant == name }
            #expect(!mine.isEmpty)
            #expect(tenant["requests"] as? Int == mine.count)
            let outcomes = Dictionary(grouping: mine, by: \.item.outcome).mapValues(\.count)
            #expect(tenant["outcomes"] as? [String: Int] == outcomes)
            #expect(tenant["retries"] as? Int == mine.reduce(0) { $0 + max($1.item.attempts - 1, 0) })
            #expect((tenant["token"] as? [String: Any])?["fetches"] as? Int == 1)
        }
        let errors = try #require(status["errors"] as? [[String: Any]])
        let expected = sent.filter { $0.item.error != nil }.reversed()
        // Equal ones are one, with the last one's track id.
        let groups = Dictionary(grouping: expected) {
            "\($0.item.tenant) \($0.item.route) \($0.item.error ?? "") \($0.item.status)"
        }
        #expect(Set(errors.map { $0["track_id"] as? String }) == Set(groups.values.map { $0.first?.trackID }))
        #expect(errors.reduce(0) { $0 + ($1["count"] as? Int ?? 0) } == expected.count)
        #expect(Set(errors.map { $0["error"] as? String }) == Set(expected.map(\.item.error)))
    }
}

extension BooksTests.Item {
    fileprivate init(
        _ count: Int, _ request: Request, _ tenant: String = "(none)", _ route: String = "(none)", _ outcome: String,
        _ status: Int, attempts: Int, verifications: Int = 0
    ) {
        self.init(
            count: count, request: request, tenant: tenant, route: route, outcome: outcome, status: status, attempts: attempts,
            verifications: verifications)
    }

    fileprivate init(
        _ count: Int, _ request: Request, _ tenant: String = "(none)", _ route: String = "(none)", outcome: String, _ status: Int,
        error: String
    ) {
        self.init(
            count: count, request: request, tenant: tenant, route: route, outcome: outcome, status: status, error: error)
    }
}
