import Foundation
import Testing
import Wire

/// Arbitrary header lists sent to the real gateway, judged by the bytes that reach a real upstream, first attempts and repeats alike.
@Suite struct UpstreamHeaderTests {
    private static let version = "2025-08-12"
    /// The values of which one may arrive, by the name as an upstream sees it that tells neither case nor `_` from `-`.
    private static let owned: [String: Set<String>] = [
        "zuora-entity-ids": [SceneSettings.emea, SceneSettings.amer].reduce(into: []) {
            $0.formUnion([$1, $1.replacing("-", with: "")])
        },
        "zuora-org-ids": ["org-1,org-2", "org-1", "org-2", "org-2,org-1"],
        "zuora-version": [version],
        "accept-encoding": ["gzip"],
    ]
    private static let forbidden = [
        "proxy-authorization", "cookie", "apiaccesskeyid", "apisecretaccesskey", "entityid", "entityname", "x-gateway-key",
        "x-zuora-tenant", "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        "expect",
        "forwarded", "x-forwarded-for", "x-forwarded-x", "idempotency-key", "x-request-timeout", "x-http-method-override", "x-a",
        "baggage",
        "zuora-other",
    ]
    private static let names =
        owned.keys.sorted() + forbidden.filter { $0 != "transfer-encoding" && $0 != "expect" }
        + ["authorization", "authorization", "zuora-track-id", "accept", "via", "user-agent", "if-match"]

    private struct Chance {
        var random: SplitMix64
        mutating func pick<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &random)] }

        mutating func name() -> String {
            var name = String(
                pick(UpstreamHeaderTests.names).map { Bool.random(using: &random) ? Character($0.uppercased()) : $0 })
            if Int.random(in: 0..<8, using: &random) == 0 { name = name.replacing("-", with: pick(["_", ".", "+"])) }
            return name
        }

        mutating func value(_ name: String) -> String {
            switch name.lowercased() {
            case "zuora-entity-ids": pick([SceneSettings.amer, "emea", SceneSettings.emea.replacing("-", with: "").uppercased()])
            case "zuora-org-ids": pick(["org-1", "org-2", "org-2, org-1", "org-2,,org-1,org-2"])
            case "x-zuora-tenant": "acme"
            case "zuora-track-id": pick(["mine-1", "mine-2"])
            case "connection":
                (0..<Int.random(in: 1...4, using: &random)).map { _ in self.name() }.joined(separator: pick([",", " , ", ",,"]))
            default: pick(["evil", "", "Bearer evil", "evil, evil", "\"evil\"", "e\tvil"])
            }
        }

        mutating func list() -> [String] {
            let padding = ["", " ", "\t", "  \t "]
            var lines = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                let name = self.name()
                return "\(name):\(pick(padding))\(value(name))\(pick(padding))"
            }
            // What is refused as ambiguous does not get as far as what this is about.
            for single in ["x-zuora-tenant", "zuora-entity-ids", "zuora-track-id"] {
                var isFirst = true
                lines.removeAll { line in
                    guard line.lowercased().hasPrefix(single + ":") else { return false }
                    defer { isFirst = false }
                    return !isFirst
                }
            }
            return lines
        }
    }

    @Test func `a look at the job is tied to no condition, and to no part of it`() async throws {
        let upstream = try RecordingUpstream()
        defer { upstream.stop() }
        var settings = SceneSettings()
        settings.acmeUpstream = upstream.port
        try await Scene.run(settings) { scene in
            let response = try scene.send(
                .cancel(
                    "503-conditional",
                    [
                        "X-Zuora-Tenant": "acme", "If-None-Match": "*", "if-unmodified-since": "x", "Range": "bytes=0-9",
                        "X-A": "b", "Accept": "a/b",
                    ]))
            #expect(response.status == 200)
            let looks = upstream.arrivals("503-conditional").filter { $0.line.hasPrefix("GET ") }
            let names = try #require(looks.first).fields.map { $0.split(separator: ":")[0].lowercased() }
            #expect(names.contains("accept") && !names.contains("x-a"))
            #expect(!names.contains { $0.hasPrefix("if-") || $0 == "range" })
        }
    }

    @Test func `exactly one value of each owned header reaches the upstream, the gateway's, on every attempt`() async throws {
        let upstream = try RecordingUpstream()
        defer { upstream.stop() }
        var settings = SceneSettings(
            gateway: "default_tenant = \"acme\"",
            tenant: #"retry = { attempts = 4, base = "1ms", cap = "5ms", budget = "100%" }"#
                + "\nbreaker = false\norgs = [\"org-1\", \"org-2\"]\napi_version = \"\(Self.version)\"")
        settings.acmeUpstream = upstream.port
        try await Scene.run(settings) { scene in
            scene.noteSecret("recorded-token")
            var chance = Chance(random: SplitMix64(seed: 2026))
            var refused = 0
            for round in 0..<1200 {
                // A rejected token is replaced at once the first time, later ones only after a while: those are relayed.
                let job = "\(round % 300 == 7 ? "401" : chance.pick(["ok", "429", "503", "reset"]))-\(round)"
                let list = chance.list()
                let wire = try scene.connect()
                wire.send(
                    "\(chance.pick(["DELETE", "GET"])) /v1/batch-query/jobs/\(job) HTTP/1.1\r\nHost: gateway\r\n"
                        + list.map { "\($0)\r\n" }.joined() + "\r\n")
                let response = try wire.receive()
                scene.note(response.raw)
                guard response.status == 200 || job.hasPrefix("401") else {
                    refused += 1
                    #expect(response.status == 400, "\(response.text) to \(list)")
                    #expect(upstream.arrivals(job).isEmpty, "\(list)")
                    continue
                }
                for arrival in upstream.arrivals(job) {
                    check(arrival, response, upstream, "\(job), \(arrival.line), from \(list)")
                }
                #expect(
                    job.hasPrefix("ok") || job.hasPrefix("401") || upstream.arrivals(job).count > 1, "\(job) was not repeated")
            }
            #expect(refused < 400, "too few lists got through for the test to mean anything")
            #expect(upstream.oddities.isEmpty)
            for kind in ["401", "429", "503", "reset"] {
                let repeated = upstream.jobs.filter { $0.hasPrefix("\(kind)-") && upstream.arrivals($0).count > 1 }
                #expect(!repeated.isEmpty, "\(kind) was never repeated")
            }
            // A repeat after a lost response looks at the job first: that goes out by the same rules.
            let looks = upstream.jobs.filter { job in
                let lines = upstream.arrivals(job).map(\.line)
                return lines.first?.hasPrefix("DELETE") == true && lines.contains { $0.hasPrefix("GET") }
            }
            #expect(!looks.isEmpty)
            #expect(upstream.tokenCount == 2)
        }
    }

    private func check(_ arrival: RecordingUpstream.Arrival, _ response: Response, _ upstream: RecordingUpstream, _ place: String)
    {
        var seen: [String: [String]] = [:]
        for line in arrival.fields {
            guard let colon = line.firstIndex(of: ":") else {
                Issue.record("\(line.debugDescription) is no field: \(place)")
                continue
            }
            let name = String(line[..<colon].lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" })
            seen[name, default: []].append(line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
            #expect(!line.contains("\n") && !line.contains("\r"), "\(place)")
        }
        for (name, values) in Self.owned {
            #expect(seen[name]?.count == 1, "\(name): \(seen[name] ?? []): \(place)")
            #expect(values.contains(seen[name]?.first ?? ""), "\(name): \(seen[name] ?? []): \(place)")
        }
        let tokens = (1...max(1, upstream.tokenCount)).map { "Bearer recorded-token-\($0)" }
        #expect(seen["authorization"]?.count == 1 && tokens.contains(seen["authorization"]?.first ?? ""), "\(place)")
        #expect(seen["host"] == ["127.0.0.1:\(upstream.port)"], "\(place)")
        // The caller is told the very one that went upstream.
        #expect(seen["zuora-track-id"] == [response.trackID ?? "-"], "\(place)")
        for name in Self.forbidden { #expect(seen[name] == nil, "\(name): \(place)") }
        #expect(seen["via"] == ["1.1 zuora-gateway"], "\(place)")
    }
}
