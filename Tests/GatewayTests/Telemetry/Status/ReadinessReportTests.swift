import Testing

@testable import Gateway

@Suite struct ReadinessReportTests {
    private func tenant(_ name: String, missing: [String] = []) -> TenantStatus {
        var status = TenantStatus(Samples.label(name), host: "rest.example")
        status.missing = missing
        return status
    }

    @Test func `one tenant's trouble does not take the others out of service`() {
        let (good, bad) = (tenant("acme"), tenant("globex", missing: ["no token"]))
        for (stage, tenants, state, ready) in [
            (.running, [good], .ready, true), (.running, [good, bad], .degraded, true), (.running, [bad], .notReady, false),
            (.running, [], .notReady, false), (.starting, [good], .starting, false), (.draining, [good], .draining, false),
        ] as [(GatewayStatus.Stage, [TenantStatus], ReadinessReport.State, Bool)] {
            let report = ReadinessReport(Samples.gateway(stage), tenants: tenants)
            #expect(report.state == state)
            #expect(report.ready == ready)
        }
    }

    @Test func `tenants do not count unless they are asked for`() {
        for (stage, state) in [(.running, .ready), (.starting, .starting), (.draining, .draining)]
            as [(GatewayStatus.Stage, ReadinessReport.State)]
        {
            #expect(ReadinessReport(Samples.gateway(stage), tenants: nil).state == state)
        }
        #expect(
            text(ReadinessReport(Samples.gateway(), tenants: nil).json) == #"{"status":"ready","ready":true,"version":"1.4.0"}"#
                + "\n")
        var gateway = Samples.gateway()
        gateway.missing = ["worker 0 does not respond"]
        #expect(!ReadinessReport(gateway, tenants: nil).ready)
    }

    @Test func `what the whole gateway lacks makes it unready`() {
        var gateway = Samples.gateway()
        gateway.missing = ["No worker responds."]
        let report = ReadinessReport(gateway, tenants: [tenant("acme")])
        #expect(!report.ready)
        #expect(text(report.json).contains(#""missing":["No worker responds."],"tenants_ready":1"#))
    }

    @Test func `the body says of each tenant what is missing, those first`() {
        let report = ReadinessReport(
            Samples.gateway(),
            tenants: [tenant("acme"), tenant("globex", missing: ["The secret file is empty.", "No token."])])
        #expect(
            text(report.json)
                == #"{"status":"degraded","ready":true,"version":"1.4.0","tenants_ready":1,"tenants_total":2,"tenants":["#
                + #"{"tenant":"globex","ready":false,"missing":["The secret file is empty.","No token."]},"#
                + #"{"tenant":"acme","ready":true}]}"# + "\n")
    }

    @Test func `a reload that failed is told, and does not make the gateway unready`() throws {
        var gateway = Samples.gateway()
        gateway.configuration.error = "line 14: unknown key"
        gateway.configuration.failedAt = Samples.time
        let report = ReadinessReport(gateway, tenants: [tenant("acme")])
        #expect(report.ready)
        let configuration = try object(report.json)["configuration"] as? [String: String]
        #expect(
            configuration == [
                "loaded": "2026-02-20T09:30:00.125Z", "failed": "2026-02-20T09:30:00.125Z", "error": "line 14: unknown key",
            ])
    }

    @Test(arguments: [(0, 300), (40, 60), (40, 61), (150, 150)])
    func `a long list is cut after a hundred, what is missing first`(missing: Int, good: Int) throws {
        let tenants =
            (0..<good).map { tenant("good-\($0)") } + (0..<missing).map { tenant("bad-\($0)", missing: ["no token"]) }
        let members = try object(ReadinessReport(Samples.gateway(), tenants: tenants).json)
        let listed = try #require(members["tenants"] as? [[String: Any]])
        #expect(listed.count == 100)
        #expect(listed.prefix(min(missing, 100)).allSatisfy { $0["ready"] as? Bool == false })
        #expect(members["tenants_total"] as? Int == missing + good)
        #expect(members["tenants_ready"] as? Int == good)
    }

    @Test func `the plain checks have bodies too`() throws {
        #expect(try object(HealthBodies.live)["status"] as? String == "alive")
        for (stage, isStarted) in [(.starting, false), (.running, true), (.draining, true)] as [(GatewayStatus.Stage, Bool)] {
            let response = HealthBodies.startup(stage)
            #expect(response.isStarted == isStarted)
            #expect(try object(response.json)["status"] as? String == (isStarted ? "started" : "starting"))
        }
    }
}
