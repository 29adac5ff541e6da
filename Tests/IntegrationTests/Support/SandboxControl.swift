import Foundation

/// The control calls of the stand-in; see docs/sandbox.md.
struct SandboxControl: Sendable {
    let port: Int

    @discardableResult
    func call(_ method: String, _ path: String, _ body: String = "") throws -> [String: Any] {
        let response = try Wire(port: port).exchange(Request(method, "/_sandbox/\(path)", body: body))
        guard response.status < 300 else { throw Wire.Failure.malformed("\(method) \(path): \(response.text)") }
        return response.json
    }

    func set(_ settings: String) throws { try call("POST", "settings", settings) }

    func fault(_ rule: String) throws { try call("POST", "faults", rule) }

    func advance(_ time: String) throws { try call("POST", "clock", #"{"advance":"\#(time)"}"#) }

    /// The stand-in's quotas out of the way of a test at full speed.
    func liftLimits() throws {
        try set(
            """
            {"concurrency_limit":100000,"rate_per_minute":10000000,"rate_per_hour":100000000,"rate_per_day":1000000000,\
            "token_rate_per_peer":100000,"token_rate_per_tenant":100000}
            """)
    }

    func forget() throws { try call("POST", "reset", #"{"only":["book","faults","limits"]}"#) }

    /// The text of every live token.
    func tokens() throws -> [String] {
        let tokens = try call("GET", "tokens?reveal=true")["tokens"] as? [[String: Any]] ?? []
        return tokens.compactMap { $0["text"] as? String }
    }

    /// One call that reached the stand-in.
    struct Call {
        var method: String
        var path: String
        var status: Int
        /// Whether Zuora did what was asked for.
        var acted: Bool
        var tenant: String?
        var trackID: String?
        var token: String?
        var bodyBytes: Int
        var fields: [(name: String, value: String)]
        var host: String? { fields.first { $0.name == "Host" }?.value }
    }

    /// The calls in its book, token calls left out.
    func calls(_ query: String = "") throws -> [Call] { try book(query).filter { $0.path != "/oauth/token" } }

    /// - Parameter tenant: nil: every tenant. A gateway that starts serves one tenant while it still waits for another's token.
    func tokenCalls(of tenant: String? = nil) throws -> [Call] {
        try book("").filter { $0.path == "/oauth/token" && (tenant == nil || $0.tenant == tenant) }
    }

    private func book(_ query: String) throws -> [Call] {
        let calls = try call("GET", "book?limit=100000\(query)")["calls"] as? [[String: Any]] ?? []
        return calls.map { call in
            let fields = (call["fields"] as? [[String]] ?? []).filter { $0.count == 2 }.map { (name: $0[0], value: $0[1]) }
            return Call(
                method: call["method"] as? String ?? "", path: call["path"] as? String ?? "", status: call["status"] as? Int ?? 0,
                acted: call["acted"] as? Bool ?? false, tenant: call["tenant"] as? String,
                trackID: fields.first { $0.name == "Zuora-Track-Id" }?.value, token: call["token"] as? String,
                bodyBytes: call["body_bytes"] as? Int ?? 0, fields: fields)
        }
    }
}
