import Foundation
import TestSupport
import Testing

@Suite struct ExplainTests {
    private func explain(_ arguments: String...) async throws -> (run: CommandRun, folder: ScratchFolder) {
        let folder = try ScratchFolder()
        let path = try folder.write("proxy.conf", ExplainConfiguration.text)
        let all = ["explain", "--config", path, "-H", "Zuora-Track-Id: nightly-77"] + arguments
        return (try await CommandRun.run(all), folder)
    }

    @Test func `a request that would be forwarded is told in full`() async throws {
        let (run, _) = try await explain(
            "-X", "DELETE", "/v1/batch-query/jobs/abc?x=1", "-H", "X-Zuora-Tenant: acme", "-H", "Cookie: a=b", "-H",
            "Zuora-Entity-Ids: amer", "-H", "zuora-org-ids: org-2", "-H", "X-Request-Timeout: 20", "-H", "Accept: */*", "-H",
            "baggage: user=alice", "-H", "traceparent: \(Self.parent)", "-H", "X-Request-Id: 7",
            "--caller-key", ExplainConfiguration.key)
        #expect(run.status == 0)
        #expect(run.errors == "")
        #expect(run.output == Self.forwarded)
    }

    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private static let forwarded = """
        DELETE /v1/batch-query/jobs/abc?x=1 on 127.0.0.1:8080

        FORWARDED
          to    DELETE https://rest.na.zuora.com/v1/batch-query/jobs/abc?x=1
          Host  rest.na.zuora.com

        Resolved
          track id  nightly-77   from the caller
          caller    billing      identified by its key
          tenant    acme         named in X-Zuora-Tenant
          route     aqua.cancel  DELETE /v1/batch-query/jobs/{id}
          orgs      org-2        the caller's choice
          entity    amer         named by the caller; spelled as configured: the token's scope is unknown

        Sent to Zuora
          Accept            */*                                   from the caller
          traceparent       00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01  from the caller
          X-Request-Id      7                                     from the caller
          User-Agent        zuora-gateway/0.1.0                   set by the gateway
          Via               1.1 zuora-gateway                     set by the gateway
          Accept-Encoding   gzip                                  set by the gateway
          Zuora-Version     2025-08-12                            from the tenant's configuration
          Zuora-Org-Ids     org-2                                 from the tenant's configuration
          Zuora-Entity-Ids  8a8082c1-5f0a-4c2e-9d4b-0a6b7c8d9e0f  from the tenant's configuration
          Zuora-Track-Id    nightly-77                            from the caller
          Authorization     Bearer <redacted>                     the tenant's credential

        Removed from the request
          Host               hop-by-hop: the gateway sets its own
          Zuora-Track-Id     sent as the gateway's own field, above
          X-Zuora-Tenant     selected the tenant
          Cookie             a credential: the gateway adds the tenant's
          Zuora-Entity-Ids   set by the gateway only
          zuora-org-ids      set by the gateway only
          X-Request-Timeout  addressed to the gateway, not to Zuora
          baggage            not a field for Zuora: forward_headers does not list it
          X-Gateway-Key      a credential: the gateway adds the tenant's

        Limits and policies
          timeout             20s     requested in X-Request-Timeout
          connect_timeout     5s      DNS, TCP and TLS
          stall_timeout       60s     between bytes of a response
          body                16MiB   of the request; a larger one gets a 413
          concurrency         20      calls in flight for this tenant
          entity_concurrency  8       calls in flight for one of its entities
          queue               1000    requests that may wait, each for at most 10s
          rate                5/s     after a burst of 10
          retry.attempts      4       back-off of up to 1s, doubled each time up to 60s
          retry.budget        20%     of the tenant's requests
          retry.max_wait      10s     a response with a longer Retry-After is relayed at once
          idempotent          yes     after a lost response the job's status is checked
          breaker             50%     failures among 10 or more in 10s open it for 5s to 60s
          gzip.request        auto    compression of the request's body
          gzip.response       auto    compression of the response's body
          outcome_status      strict  the status states the outcome

        """

    @Test func `which slots of the fleet a request takes is told`() async throws {
        let folder = try ScratchFolder()
        let text =
            ExplainConfiguration.text.replacing("entity_concurrency = 8", with: "fleet_concurrency = 36")
            + "\n[fleet]\nurl = \"rediss://redis.shop.svc\"\n"
        let path = try folder.write("proxy.conf", text)
        let arguments = ["explain", "--config", path, "-X", "DELETE", "/v1/batch-query/jobs/abc", "-H", "X-Zuora-Tenant: acme"]
        let run = try await CommandRun.run(arguments + ["--as", "billing"])
        #expect(run.output.contains("  fleet_concurrency  36  "), "\(run.output)")
        #expect(run.output.contains("calls in flight of all members for acme, entity emea"))
        let json = try await CommandRun.run(arguments + ["--as", "billing", "--json"])
        #expect(json.output.contains(#""fleet":{"tenant":"acme","entity":"emea","concurrency":36}"#), "\(json.output)")
    }

    @Test func `a request that would be refused names phase, status and problem`() async throws {
        let (run, _) = try await explain(
            "-X", "PUT", "/v1/batch-query/jobs/abc", "-H", "X-Zuora-Tenant: acme", "--as", "billing")
        #expect(run.status == 1)
        #expect(
            run.output == """
                PUT /v1/batch-query/jobs/abc on 127.0.0.1:8080

                REFUSED
                  by phase  authorise
                  status    405
                  type      urn:problem-type:zuora-gateway:method-not-allowed
                  title     Method not allowed for this path
                  detail    Allowed methods for this path: DELETE.
                  Allow     DELETE

                Resolved
                  track id  nightly-77  from the caller
                  caller    billing     assumed for this explanation
                  tenant    acme        named in X-Zuora-Tenant

                """)
    }

    /// Arguments, then phase, status and the problem's type.
    private static let refusals: [([String], String)] = [
        (["-X", "DELETE", "/v1/batch-query/jobs/a"], "identify 401 unknown-caller"),
        (["-X", "DELETE", "/v1/batch-query/jobs/a", "--caller-key", "wrong"], "identify 401 unknown-caller"),
        (["-X", "DELETE", "/v1/batch-query/jobs/a", "--as", "billing"], "identify 400 no-tenant"),
        (["-X", "DELETE", "/v1/batch-query/jobs/a", "--as", "billing", "--listener", "1"], "identify 403 tenant-not-allowed"),
        (["/v1/batch-query/jobs/a", "--as", "billing", "-H", "X-Zuora-Tenant: acme"], "authorise 403 route-not-allowed"),
        (["/v1/files/a", "--as", "reports", "-H", "X-Zuora-Tenant: acme"], "authorise 403 route-not-forwarded"),
        (["/v1/nowhere", "--as", "reports", "-H", "X-Zuora-Tenant: acme"], "authorise 404 no-route"),
        (["/v1//x", "--as", "reports", "-H", "X-Zuora-Tenant: acme"], "authorise 400 bad-path"),
        (["/a b", "--as", "reports"], "accept 400 bad-request"),
        (["/v1/files/a", "-H", "Zuora-Track-Id: two"], "accept 400 bad-track-id"),
        (
            ["/v1/files/a", "--as", "reports", "--listener", "1", "-H", "X-Request-Timeout: soon"],
            "authorise 400 bad-request-timeout"
        ),
        (
            ["/v1/files/a", "--as", "reports", "--listener", "1", "-H", "Accept-Encoding: identity;q=0"],
            "authorise 406 not-acceptable"
        ),
        (
            ["-X", "POST", "/v1/batch-query", "--as", "reports", "-H", "X-Zuora-Tenant: acme", "-H", "Content-Length: 99999999"],
            "accept 413 bad-body"
        ),
        (
            [
                "/v1/batch-query/jobs/a", "--as", "reports", "-H", "X-Zuora-Tenant: acme", "--scope",
                "entity.8a8082c1-5f0a-4c2e-9d4b-0a6b7c8d9e0f",
            ], "credential 403 entity-not-covered"
        ),
        (["/oauth/token"], "identify 405 method-not-allowed"),
        (["/v1/batch-query/jobs/abc", "-H", "Content-Length: 5"], "accept 400 bad-request"),
        (
            [
                "-X", "DELETE", "/v1/batch-query/jobs/abc", "-H", "X-Zuora-Tenant: acme", "--as", "billing", "-H",
                "X-Request-Timeout: x",
            ],
            "authorise 400 bad-request-timeout"
        ),
        (["-X", "DELETE", "/v1/batch-query/jobs/abc", "-H", "Host: evil.example"], "accept 421 misdirected-request"),
    ]

    @Test(arguments: refusals)
    func `each phase's refusal is told`(_ arguments: [String], _ expected: String) async throws {
        let folder = try ScratchFolder()
        let path = try folder.write("proxy.conf", ExplainConfiguration.text)
        let run = try await CommandRun.run(
            ["explain", "--json", "--config", path, "-H", "Zuora-Track-Id: nightly-77"] + arguments)
        #expect(run.status == 1)
        let report = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        #expect(report["verdict"] as? String == "refused")
        let refusal = try #require(report["refusal"] as? [String: Any])
        let type = (refusal["type"] as? String)?.split(separator: ":").last ?? ""
        #expect("\(refusal["phase"] ?? "") \(refusal["status"] ?? "") \(type)" == expected)
        #expect((report["sent"] as? [Any])?.isEmpty == true)
    }

    @Test func `the JSON says the same as the page`() async throws {
        let (run, _) = try await explain(
            "--json", "-X", "POST", "/v1/batch-query", "-H", "X-Zuora-Tenant: acme", "--listener", "2", "--peer-gid", "2002",
            "-H",
            "Content-Type: application/json", "-H", "Content-Length: 5000", "--scope",
            "entity.E20B074746884AD5801468DAF10E501D entity.8a8082c1-5f0a-4c2e-9d4b-0a6b7c8d9e0f")
        #expect(run.status == 0)
        let report = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        #expect(report["verdict"] as? String == "forwarded")
        let upstream = report["upstream"] as? [String: String]
        #expect(
            upstream == ["method": "POST", "url": "https://rest.na.zuora.com/v1/batch-query", "host": "rest.na.zuora.com"])
        let sent = try #require(report["sent"] as? [[String: Any]])
        let lines = sent.dropLast(2).map { "\($0["name"] ?? ""): \($0["value"] ?? "")" }
        #expect(
            lines == [
                "Content-Type: application/json", "User-Agent: zuora-gateway/0.1.0", "Via: 1.1 zuora-gateway",
                "Accept-Encoding: gzip", "Content-Encoding: gzip", "Zuora-Version: 2025-08-12", "Zuora-Org-Ids: org-1,org-2",
                "Zuora-Entity-Ids: E20B074746884AD5801468DAF10E501D", "Zuora-Track-Id: nightly-77",
                "Authorization: Bearer <redacted>",
            ])
        let trace = try #require(sent.dropLast().last)
        #expect((trace["name"] as? String) == "traceparent" && (trace["value"] as? String)?.count == 55)
        #expect(sent.last?["name"] as? String == "Content-Length")
        let limits = try #require(report["limits"] as? [String: Any])
        #expect(limits["timeout_ms"] as? Int == 90_000)
        #expect(limits["idempotent"] as? Bool == false)
        #expect(limits["rate"] as? Int == 5)
        #expect((limits["retry"] as? [String: Any])?["budget"] as? Double == 0.2)
    }

    @Test func `a listener's tenant and a certificate's name count`() async throws {
        let (run, _) = try await explain(
            "-X", "DELETE", "/v1/batch-query/jobs/a", "-H", "X-Zuora-Tenant: acme", "--listener", "3", "--san",
            "spiffe://cluster/billing", "--san", "other.example")
        #expect(run.status == 0)
        #expect(run.output.contains("\n  caller    billing "))
        let (other, _) = try await explain("-X", "DELETE", "/query/jobs/a", "--listener", "1", "--as", "billing")
        #expect(other.status == 1)
        #expect(other.output.hasPrefix("DELETE /query/jobs/a on [::1]:8081\n"))
    }

    @Test(
        arguments: [["--caller-key", ExplainConfiguration.key], ["--caller-key-file", "-"], ["--as", "billing"]],
        [[], ["--json"]])
    func `no key and no secret is ever printed`(_ sender: [String], _ format: [String]) async throws {
        let folder = try ScratchFolder()
        let path = try folder.write("proxy.conf", ExplainConfiguration.text)
        for (tenant, status) in [("acme", 0), ("globex", 1)] as [(String, Int32)] {
            let run = try await CommandRun.run(
                ["explain", "-c", path, "-X", "DELETE", "/v1/batch-query/jobs/a", "-H", "X-Zuora-Tenant: \(tenant)"] + sender
                    + format,
                input: sender.contains("-") ? ExplainConfiguration.key + "\n" : nil)
            #expect(run.status == status)
            for text in [run.output, run.errors] {
                #expect(!text.contains("zgk_"))
                #expect(!text.contains(ExplainConfiguration.secret))
            }
        }
    }

    @Test func `a health check is handled locally, and a web page refused where callers are not authenticated`() async throws {
        let folder = try ScratchFolder()
        let text = """
            [gateway]
            listen = ["127.0.0.1:8080"]
            health_path = "/health"
            [tenants.acme]
            upstream = "http://127.0.0.1:9080"
            client_id = "id"
            client_secret = { env = "SECRET" }
            routes = ["aqua.cancel"]
            """
        let path = try folder.write("proxy.conf", text)
        let health = try await CommandRun.run(["explain", "--config", path, "/health"])
        #expect(health.status == 0 && health.output.contains("HANDLED LOCALLY\n  a health check"), "\(health.output)")
        let page = try await CommandRun.run(
            [
                "explain", "--config", path, "-X", "DELETE", "/v1/batch-query/jobs/abc", "-H", "X-Zuora-Tenant: acme", "-H",
                "Origin: https://evil.example",
            ])
        #expect(page.status == 1 && page.output.contains("cross-site-request"), "\(page.output)")
    }

    @Test func `the token call is handled locally`() async throws {
        let (run, _) = try await explain("-X", "POST", "/oauth/token")
        #expect(run.status == 0)
        #expect(
            run.output == """
                POST /oauth/token on 127.0.0.1:8080

                HANDLED LOCALLY
                  a token for the caller, from its name and key; nothing is sent to Zuora

                """)
    }

    @Test func `a method and a field may be joined to their options, as with curl`() async throws {
        let (run, _) = try await explain(
            "-XDELETE", "/v1/batch-query/jobs/a", "-HX-Zuora-Tenant: acme", "--as", "billing")
        #expect(run.status == 0 && run.output.hasPrefix("DELETE /v1/batch-query/jobs/a on "), "\(run.output)\(run.errors)")
    }

    @Test func `wrong usage that shows late is told with the usage of the command`() async throws {
        let (run, _) = try await explain("/a", "--listener", "4")
        #expect(run.status == 64 && run.output == "")
        #expect(run.errors.contains("Error: --listener must be less than 4"))
        #expect(run.errors.contains("\nUsage: zuora-gateway explain [") && !run.errors.contains("<subcommand>"), "\(run.errors)")
        #expect(run.errors.hasSuffix("  See 'zuora-gateway explain --help' for more information.\n"))
    }

    @Test(arguments: [
        ["/a", "--as", "nobody"], ["/a", "--listener", "4"], ["/a", "--peer-uid", "1001"],
        ["/a", "--listener", "3", "--peer-gid", "2002"], ["/a", "--san", "spiffe://cluster/billing"],
        ["/a", "--listener", "2", "--san", "spiffe://cluster/billing"], ["/a", "--listener=-1"], ["/a", "-H", "no colon"],
        ["/a", "-H", "A: b\r\nC: d"], ["/a\r\nA: b"], ["/a", "-X", "GET\n"], [], ["/a", "--as", "billing", "--caller-key", "k"],
        ["/a", "--caller-key-file", "/nonexistent/key"], ["/a", "--config", "/nonexistent/proxy.conf"],
    ])
    func `wrong usage ends with 64 and prints no report`(_ arguments: [String]) async throws {
        let folder = try ScratchFolder()
        let path = try folder.write("proxy.conf", ExplainConfiguration.text)
        let run = try await CommandRun.run(["explain", "--config", path] + arguments)
        #expect(run.status == 64)
        #expect(run.output == "")
        #expect(!run.errors.isEmpty)
    }
}
