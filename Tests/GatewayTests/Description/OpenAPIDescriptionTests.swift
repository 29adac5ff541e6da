import Configuration
import Foundation
import Policy
import Testing

@testable import Gateway

@Suite struct OpenAPIDescriptionTests {
    private func document(_ text: String) throws -> [String: Any] {
        let tenant = """
            [tenants.acme]
            environment = "us1"
            client_id = "id"
            client_secret = { file = "s" }

            """
        return try object(OpenAPIDescription(try Configuration.parse(text: tenant + text, file: "proxy.conf")).json)
    }

    private func paths(_ document: [String: Any]) -> Set<String> {
        let paths = document["paths"] as? [String: [String: Any]] ?? [:]
        return Set(paths.flatMap { path, methods in methods.keys.map { "\($0) \(path)" } })
    }

    @Test func `it has the routes that a tenant forwards, and no others`() throws {
        #expect(paths(try document("")) == ["delete /v1/batch-query/jobs/{id}", "post /oauth/token"])
        let more = try document(
            """
            routes = ["aqua.cancel", "aqua.get", "orders.get"]
            [gateway]
            health_path = "/healthz"
            [[routes]]
            name = "orders.get"
            method = "GET"
            path = "/v1/orders/{id}"
            """)
        #expect(
            paths(more) == [
                "delete /v1/batch-query/jobs/{id}", "get /v1/batch-query/jobs/{id}", "get /v1/orders/{id}", "post /oauth/token",
                "get /healthz",
            ])
    }

    @Test func `it names tenants, outcomes and every problem type`() throws {
        let text = String(
            decoding: OpenAPIDescription(
                try Configuration.parse(
                    text: """
                        [tenants.acme]
                        environment = "us1"
                        client_id = "id"
                        client_secret = { file = "s" }
                        """, file: "proxy.conf")
            ).json, as: UTF8.self)
        for type in ProblemType.allCases { #expect(text.contains("\"\(type.uri)\"")) }
        for outcome in CancelOutcome.allCases { #expect(text.contains("\"\(outcome.rawValue)\"")) }
        #expect(text.contains("\"X-Zuora-Tenant\"") && text.contains("[\"acme\"]"))
        #expect(!text.contains("Idempotency-Key\",\"in\":\"header\",\"required\":true"))
    }

    @Test func `callers that authenticate are told how`() throws {
        #expect(try document("")["security"] == nil)
        let document = try document("[callers.a]\nkey_sha256 = [\"\(String(repeating: "0", count: 64))\"]\n")
        #expect((document["security"] as? [[String: Any]])?.flatMap(\.keys) == ["key", "bearer"])
    }

    @Test func `a response to a cancel has its outcome, unless it may be to a request that was not read`() throws {
        let document = try document("")
        let paths = document["paths"] as? [String: [String: [String: Any]]] ?? [:]
        let responses = paths["/v1/batch-query/jobs/{id}"]?["delete"]?["responses"] as? [String: [String: Any]] ?? [:]
        let components = document["components"] as? [String: [String: [String: Any]]] ?? [:]
        let required = responses.compactMapValues { response -> Bool? in
            let fields = response["headers"] as? [String: [String: String]] ?? [:]
            let name = fields["Gateway-Outcome"]?["$ref"]?.split(separator: "/").last.map(String.init)
            return name.map { components["headers"]?[$0]?["required"] as? Bool ?? false }
        }
        let unread: Set = ["400", "408", "414", "417", "431", "501", "503", "505"]
        #expect(Set(required.filter { !$0.value }.keys) == unread)
        #expect(required["200"] == true && required["403"] == true && required["default"] == true)
    }

    @Test func `a status that is only logged is not described`() throws {
        let paths = try document("")["paths"] as? [String: [String: [String: Any]]] ?? [:]
        let responses = paths["/v1/batch-query/jobs/{id}"]?["delete"]?["responses"] as? [String: Any] ?? [:]
        #expect(responses["499"] == nil && responses["503"] != nil)
    }

    @Test func `an address that means every address is no server`() throws {
        func servers(_ listen: String) throws -> [String]? {
            let text = "[gateway]\nhosts = [\"gateway.example\"]\ntrust_network = true\nlisten = [\(listen)]\n"
            return (try document(text)["servers"] as? [[String: String]])?.compactMap { $0["url"] }
        }
        #expect(try servers(#""0.0.0.0:8080", "127.0.0.1:8081", "[::]:8082""#) == ["http://127.0.0.1:8081"])
        #expect(try servers(#""0.0.0.0:8080""#) == ["/"])
    }

    @Test func `the servers are the listeners on TCP`() throws {
        let listen = "[gateway]\nlisten = [\"127.0.0.1:8080\", \"[::1]:8081\", \"unix:/run/x.sock\"]\n"
        let servers = try document(listen)["servers"] as? [[String: String]]
        #expect(servers?.compactMap { $0["url"] } == ["http://127.0.0.1:8080", "http://[::1]:8081"])
    }
}
