import Network
import Policy
import Testing

@testable import Gateway

@Suite struct UpstreamTargetsTests {
    @Test func `tenants that differ only in what belongs to a request share their connections`() throws {
        func tenant(_ change: (inout UpstreamSettings) -> Void) -> TenantSettings {
            var settings = UpstreamSettings(url: "https://rest.zuora.example")
            change(&settings)
            return TenantSettings(
                name: "acme", upstream: settings, credential: .client(id: "id", secret: .literal("secret")))
        }
        var targets = UpstreamTargets(ProxyEnvironment([:]))
        let plain = try targets.targets(of: tenant { _ in }).api
        let changes: [(inout UpstreamSettings) -> Void] = [
            { $0.forwardHeaders = ["X-Request-Id"] }, { $0.timeout = .seconds(1) }, { $0.stallTimeout = .seconds(1) },
            { $0.firstByteTimeout = .seconds(1) },
        ]
        for change in changes {
            let other = try targets.targets(of: tenant(change)).api
            #expect(other === plain)
        }
        let apart = try targets.targets(of: tenant { $0.caFile = "/etc/ssl/other.pem" }).api
        #expect(apart !== plain)
    }
}
