import Foundation
import Policy
import Testing

@testable import Gateway

@Suite struct StatusPageTests {
    private let page = text(StatusPage.html)

    /// What stands between two tags.
    private func content(of tag: String) throws -> String {
        let parts = page.components(separatedBy: "<\(tag)>")
        #expect(parts.count == 2)
        return try #require(parts.last?.components(separatedBy: "</\(tag)>").first)
    }

    @Test(arguments: ["style", "script"])
    func `the policy allows what is in the page, by its digest`(tag: String) throws {
        let bytes = Array(try content(of: tag).utf8)
        let digest = SHA256Digest(of: bytes.span)
        let source = "'sha256-\(Data(try #require(digest).bytes).base64EncodedString())'"
        #expect(StatusPage.contentSecurityPolicy.contains("\(tag)-src \(source);"))
    }

    @Test func `the policy allows nothing else`() {
        let policy = StatusPage.contentSecurityPolicy
        #expect(policy.hasPrefix("default-src 'none'; "))
        #expect(!policy.contains("unsafe") && !policy.contains("*") && !policy.contains("http"))
        #expect(policy.contains("frame-ancestors 'none'"))
    }

    @Test(arguments: [
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "onclick=", "style=\"",
    ])
    func `no data is put into the page as markup`(word: String) { #expect(!page.contains(word)) }

    @Test func `it needs nothing from elsewhere`() {
        let addresses = page.matches(of: /https?:\/\/[^"\s]+/).map { String($0.0) }
        // The name of the namespace is not fetched.
        #expect(addresses == ["http://www.w3.org/2000/svg"])
        #expect(!page.contains(" src=") && !page.contains("@import") && !page.contains("url("))
    }

    @Test func `every outcome that means trouble is coloured`() throws {
        let names = Set(RequestOutcome.allCases.map { "\($0.name)" })
        let script = try content(of: "script")
        for list in ["BAD", "WARN"] {
            let line = try #require(script.split(separator: "\n").first { $0.hasPrefix("const \(list) = ") })
            let words = line.matches(of: /"([a-z-]+)"/).map { String($0.1) }
            #expect(!words.isEmpty)
            #expect(names.isSuperset(of: words))
        }
    }

    @Test func `every member that the script reads is one that the snapshot writes`() throws {
        let script = try content(of: "script")
        for state in ReadinessReport.State.allCases {
            #expect(script.contains("\(state.rawValue): \"") || script.contains("\"\(state.rawValue)\": \""))
        }
        let read = Set(script.matches(of: /\b(?:t|s|e|totals)\.([a-z0-9]+(?:_[a-z0-9]+)+)/).map { String($0.1) })
        let source = try [fullSnapshot()].map { text($0.json) }.joined()
        #expect(read.count > 10)
        for member in read { #expect(source.contains("\"\(member)\":"), "\(member)") }
    }

    private func fullSnapshot() throws -> StatusSnapshot {
        let labels = Samples.Labels()
        var metrics = WorkerMetrics()
        metrics.record(Samples.record(labels.acme, labels.get, total: .seconds(1)))
        var tenant = TenantStatus(labels.acme, host: "h")
        tenant.tokenAge = .seconds(1)
        tenant.tokenLifetime = .seconds(1)
        tenant.tokenRemaining = .seconds(1)
        var limits = RateLimitFields()
        (limits.limit, limits.remaining) = (2, 1)
        tenant.rateLimit = limits
        var errors = RecentErrors()
        try errors.note(Samples.fullRecord())
        let counts = metrics.snapshot(WorkerGauges())
        let activity = Activity(window: .seconds(60), tenants: [.init(), .init(1, 0.5, counts.activity(of: 1).latency)])
        return StatusSnapshot(
            gateway: Samples.gateway(), tenants: [tenant], metrics: counts, activity: activity, errors: errors.errors)
    }

    @Test(arguments: [[], [0], [1, 2], [255, 255, 255], [0, 16, 131, 16], Array(0...255)] as [[UInt8]])
    func `base 64 is what Foundation makes it`(bytes: [UInt8]) {
        #expect(Base64.text(bytes) == Data(bytes).base64EncodedString())
    }
}
