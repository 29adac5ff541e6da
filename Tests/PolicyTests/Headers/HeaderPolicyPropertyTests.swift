import Testing
import Wire

@testable import Policy

/// Arbitrary header lists against the policy, judged by what an upstream would see.
@Suite struct HeaderPolicyPropertyTests {
    /// What the gateway sets for the sample tenant, and so the one value of each that may ever arrive.
    private static let owned: [String: String] = [
        "authorization": "Bearer tok", "zuora-version": "2025-08-12", "zuora-track-id": "track-1", "accept-encoding": "gzip",
    ]
    /// Set by the gateway, to one of these.
    private static let chosen: [String: Set<String>] = [
        "zuora-entity-ids": [Sample.emea, Sample.amer],
        "zuora-org-ids": ["org-1,org-2,org-3", "org-1", "org-2", "org-1,org-2", "org-2,org-1"],
    ]
    private static let forbidden = [
        "proxy-authorization", "cookie", "apiaccesskeyid", "apisecretaccesskey", "entityid", "entityname", "x-gateway-key",
        "x-zuora-tenant", "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        "expect",
        "content-length", "host", "forwarded", "x-forwarded-for", "x-forwarded-x", "idempotency-key", "x-request-timeout",
        "x-http-method-override", "x-original-url", "x-a", "baggage", "b3", "x", "zuora-other",
    ]
    private static let harmless = ["accept", "if-match", "traceparent", "content-type", "user-agent"]

    private static func name(using random: inout SplitMix64) -> String {
        let pools = [Array(owned.keys).sorted(), Array(chosen.keys).sorted(), forbidden, harmless]
        var name = pools.randomElement(using: &random)?.randomElement(using: &random) ?? "x"
        if name == "host" || name == "transfer-encoding" || name == "expect" { name = "content-length" }
        // Case, and now and then another separator.
        name = String(name.map { Bool.random(using: &random) ? Character($0.uppercased()) : $0 })
        return Int.random(in: 0..<8, using: &random) == 0
            ? name.replacing("-", with: ["_", ".", "+"].randomElement(using: &random) ?? "_") : name
    }

    private static func value(of name: String, using random: inout SplitMix64) -> String {
        switch name.lowercased() {
        case "zuora-entity-ids": [Sample.amer, "emea", Sample.hex(Sample.emea).uppercased()].randomElement(using: &random) ?? ""
        case "zuora-org-ids": ["org-1", "org-2", "org-2, org-1", "org-2,,org-1,org-2"].randomElement(using: &random) ?? ""
        case "x-zuora-tenant": "acme"
        case "content-length": "0"
        case "connection":
            (0..<Int.random(in: 0...4, using: &random)).map { _ in self.name(using: &random) }.joined(
                separator: [",", " , ", ",,"].randomElement(using: &random) ?? ",")
        default: ["evil", "", "Bearer evil", "evil, evil", "\"evil\"", "e\tvil"].randomElement(using: &random) ?? ""
        }
    }

    private static func fields(using random: inout SplitMix64) -> [String] {
        let padding = ["", " ", "\t", "  \t "]
        var fields = (0..<Int.random(in: 0...20, using: &random)).map { _ in
            let name = self.name(using: &random)
            return
                "\(name):\(padding.randomElement(using: &random) ?? "")\(value(of: name, using: &random))\(padding.randomElement(using: &random) ?? "")"
        }
        // The parser refuses these, and the policy would refuse an ambiguous choice: none of that is what this is about.
        for single in ["content-length", "x-zuora-tenant", "zuora-entity-ids"] {
            var seen = false
            fields.removeAll { field in
                guard field.lowercased().hasPrefix(single + ":") else { return false }
                defer { seen = true }
                return seen
            }
        }
        return fields
    }

    @Test func `exactly one value of each owned header is sent, the gateway's`() throws {
        let policy = Sample.policy()
        var random = SplitMix64(seed: 2026)
        var resolved = 0
        for round in 0..<5000 {
            let fields = Self.fields(using: &random)
            let request = try SampleRequest("DELETE /v1/batch-query/jobs/\(round)", fields)
            guard request.resolve(policy).denial == nil else { continue }
            resolved += 1
            let lines = try request.upstream(policy)
            // What an upstream sees that cannot tell `_` from `-`, nor upper from lower case.
            var seen: [String: [String]] = [:]
            for line in lines {
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                let name = String(parts[0].lowercased().map { $0.isLetter || $0.isNumber ? $0 : "-" })
                seen[name, default: []].append(String(parts[1].dropFirst()))
            }
            for (name, value) in Self.owned { #expect(seen[name] == [value], "\(name) from \(fields)") }
            for (name, values) in Self.chosen {
                #expect(seen[name]?.count == 1, "\(name) from \(fields)")
                #expect(values.contains(seen[name]?.first ?? ""), "\(name) from \(fields)")
            }
            for name in Self.forbidden { #expect(seen[name] == nil, "\(name) from \(fields)") }
            #expect(seen["user-agent"] != nil)
            #expect(seen["via"] == ["1.1 zuora-gateway"])
        }
        #expect(resolved > 4000, "too few lists got through for the test to mean anything")
    }

    @Test func `whatever is kept is kept byte for byte and in order`() throws {
        let policy = Sample.policy()
        var random = SplitMix64(seed: 77)
        for _ in 0..<500 {
            let kept = (0..<Int.random(in: 0...10, using: &random)).map { _ in
                let name = ["Accept", "if-None-match", "RANGE", "Content-Language"].randomElement(using: &random) ?? "Accept"
                return "\(name): \(Int.random(in: 0...99, using: &random))"
            }
            var mixed = kept
            for _ in 0..<5 {
                let position = Int.random(in: 0...mixed.count, using: &random)
                mixed.insert(
                    "\(["Authorization", "cookie", "ENTITYID", "x-forwarded-a"].randomElement(using: &random) ?? "te"): x",
                    at: position)
            }
            let lines = try SampleRequest("DELETE /v1/batch-query/jobs/1", mixed).upstream(policy)
            #expect(Array(lines.prefix(kept.count)) == kept)
        }
    }
}
