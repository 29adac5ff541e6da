import Glibc
import Policy
import Wire

/// What one request costs the policy at 10, 1,000 and 10,000 tenants: nanoseconds of processor time for each step, the median of
/// several runs.
/// The time must not depend on how many tenants there are.
@main
struct PolicyBenchmark {
    static func main() throws {
        print("tenants  callers    resolve    headers   response   (ns, median of \(runs) runs of \(rounds) requests)")
        for count in [10, 1000, 10_000] {
            var bench = try PolicyBenchmark(tenants: count, callers: min(count, 1000))
            let times = (
                try bench.median { try $0.resolve() }, try bench.median { try $0.write() }, try bench.median { $0.relay() }
            )
            print(
                [count, min(count, 1000), times.0, times.1, times.2].enumerated()
                    .map { padded(String($1), $0 < 2 ? 7 : 9) }.joined(separator: "  "))
        }
    }

    static let rounds = 20_000
    static let runs = 9

    let policy: Policy
    let bytes: [UInt8]
    let head: RequestHead
    let resolution: Resolution
    let response: HeaderBlock
    let trackID: TrackID
    let token = Array("6f1d2c3b4a5968778695a4b3c2d1e0f1".utf8)
    let scope = TokenScope(
        "entity.8a8082e6-5b2c-4a31-9f11-0123456789ab entity.402881e5-0000-1111-2222-333344445555")
    var block = HeaderBlock()

    init(tenants: Int, callers: Int) throws {
        policy = Policy(
            callers: (0..<callers).map { Self.caller($0) }, tenants: (0..<tenants).map { Self.tenant($0) }, version: "1.0.0")
        let text = """
            DELETE /v1/batch-query/jobs/8a8082e65b2c4a319f110123456789ab HTTP/1.1\r
            Host: 127.0.0.1:8080\r
            User-Agent: billing/2.1\r
            Accept: application/json\r
            Accept-Encoding: gzip, deflate\r
            Connection: keep-alive\r
            X-Gateway-Key: key-\(callers / 2)\r
            X-Zuora-Tenant: tenant-\(tenants / 2)\r
            Zuora-Entity-Ids: amer\r
            Zuora-Track-Id: nightly-77\r
            X-Request-Id: 4bf92f3577b34da6a3ce929d0e0e4736\r
            traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r
            \r

            """
        let utf8 = Array(text.utf8)
        var parser = RequestHeadParser()
        let result = parser.parse(utf8.span)
        precondition(result == .complete, "the sample request does not parse")
        resolution = try policy.resolve(parser.head, utf8.span)
        head = parser.head
        bytes = utf8
        var random = SystemRandomNumberGenerator()
        trackID = TrackID(using: &random)
        var block = HeaderBlock()
        for (name, value) in [
            ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("Content-Type", "application/json"), ("Content-Encoding", "gzip"),
            ("Transfer-Encoding", "chunked"), ("Zuora-Request-Id", "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"),
            ("Zuora-Track-Id", "nightly-77"), ("RateLimit-Limit", "2250000, 50000;w=60"), ("RateLimit-Remaining", "49999"),
            ("RateLimit-Reset", "60"), ("Concurrency-Limit-Type", "Default"), ("Concurrency-Limit-Limit", "40"),
            ("Concurrency-Limit-Remaining", "39"), ("Strict-Transport-Security", "max-age=31536000"),
        ] {
            block.append(FieldName(name.utf8.span), name, value)
        }
        response = block
    }

    private static func caller(_ index: Int) -> CallerSettings {
        var caller = CallerSettings(name: "caller-\(index)")
        caller.keyHashes = [SHA256Digest(of: "key-\(index)".utf8.span)?.bytes ?? []]
        return caller
    }

    private static func tenant(_ index: Int) -> TenantSettings {
        var tenant = TenantSettings(
            name: "tenant-\(index)", upstream: UpstreamSettings(url: "https://rest.zuora.example"),
            credential: .client(id: "id", secret: .environment(name: "SECRET")))
        tenant.entities = [
            .init(name: "emea", id: "8a8082e65b2c4a319f110123456789ab"),
            .init(name: "amer", id: "402881e5000011112222333344445555"),
        ]
        tenant.defaultEntity = tenant.entities[0]
        tenant.orgs = ["org-1", "org-2"]
        tenant.apiVersion = "2025-08-12"
        return tenant
    }

    func resolve() throws -> Int { try policy.resolve(head, bytes.span).tenant }

    mutating func write() throws -> Int {
        let (bytes, token) = (bytes, token)
        let isWhole = try policy.writeUpstreamHeaders(
            of: resolution, head, bytes.span, scope: scope, token: token.span, trackID: trackID, into: &block)
        return isWhole ? block.bytes.count : 0
    }

    mutating func relay() -> Int {
        let response = response
        var count = 0
        ResponseHeaderPolicy.forEachRelayed(response.fields, response.bytes.span) {
            count += response.fields[$0].valueRange.count
        }
        return count
    }

    /// Nanoseconds a call.
    private mutating func median(_ step: (inout PolicyBenchmark) throws -> Int) throws -> Int {
        var sum = 0
        var times: [Int] = []
        for _ in 0..<Self.runs {
            let start = Self.processorTime()
            for _ in 0..<Self.rounds { sum &+= try step(&self) + 1 }
            times.append(Self.processorTime() - start)
        }
        precondition(sum > 0)
        return times.sorted()[Self.runs / 2] / Self.rounds
    }

    /// Nanoseconds of processor time that this thread has used: unlike the time of day it does not count what else runs.
    private static func processorTime() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.utf8.count)) + text
    }
}
