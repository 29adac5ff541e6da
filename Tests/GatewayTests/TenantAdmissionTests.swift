import Policy
import Testing
import Wire

@testable import Gateway

@Suite struct TenantAdmissionTests {
    let start = Instant(nanoseconds: 1_000_000_000_000)

    func admission(concurrency: Int = 1, queue: Int = 2) -> TenantAdmission {
        var settings = TenantSettings(
            name: "acme", upstream: UpstreamSettings(url: "http://127.0.0.1:1"),
            credential: .client(id: "id", secret: .literal("secret")))
        settings.admission.concurrency = concurrency
        settings.admission.queue = queue
        return TenantAdmission(settings, now: start)
    }

    @Test func `a slot that is given back goes to who waits longest`() async {
        let admission = admission()
        guard case .admitted = admission.acquireSlot(entity: nil, now: start, deadline: .distantFuture) else {
            return #expect(Bool(false))
        }
        guard case .queued(let first) = admission.acquireSlot(entity: nil, now: start, deadline: .distantFuture),
            case .queued(let second) = admission.acquireSlot(entity: nil, now: start, deadline: .distantFuture),
            case .refused(let refusal) = admission.acquireSlot(entity: nil, now: start, deadline: .distantFuture)
        else { return #expect(Bool(false)) }
        #expect(refusal.reason == .queueFull)
        async let isFirstIn = admission.waitForSlot(first)
        admission.releaseSlot(entity: nil, held: .milliseconds(5), now: start)
        #expect(await isFirstIn)
        admission.releaseSlot(entity: nil, held: .milliseconds(5), now: start)
        #expect(await admission.waitForSlot(second))
        #expect(admission.inFlight == 1)
        admission.releaseSlot(entity: nil, held: .milliseconds(5), now: start)
        #expect(admission.inFlight == 0)
        #expect(admission.queued == 0)
    }

    @Test func `who waits goes on once what Zuora said has lapsed, before who comes then`() async {
        let admission = admission(concurrency: 20)
        for _ in 1...2 { _ = admission.acquireSlot(entity: nil, now: start, deadline: .distantFuture) }
        var fields = RateLimitFields()
        fields.concurrencyLimit = 40
        fields.concurrencyRemaining = 0
        admission.observe(fields, entity: nil, now: start)
        guard case .queued(let first) = admission.acquireSlot(entity: nil, now: start, deadline: .distantFuture),
            case .queued(let second) = admission.acquireSlot(entity: nil, now: start, deadline: .distantFuture)
        else { return #expect(Bool(false)) }
        admission.look(now: start + .milliseconds(1900))
        #expect(admission.queued == 2)
        _ = admission.acquireSlot(entity: nil, now: start + .milliseconds(2100), deadline: .distantFuture)
        #expect(admission.queued == 0)
        #expect(await admission.waitForSlot(first))
        #expect(await admission.waitForSlot(second))
        #expect(admission.inFlight == 5)
    }

    @Test func `a wait ends when its time is over, and no slot is lost`() async {
        let admission = admission()
        _ = admission.acquireSlot(entity: nil, now: start, deadline: .distantFuture)
        guard case .queued(let id) = admission.acquireSlot(entity: nil, now: start, deadline: start + .seconds(1)) else {
            return #expect(Bool(false))
        }
        admission.expire(now: start + .seconds(2))
        #expect(await admission.waitForSlot(id) == false)
        admission.releaseSlot(entity: nil, held: .seconds(2), now: start)
        #expect(admission.inFlight == 0)
    }

    @Test func `a request that goes away while it waits leaves the queue`() async {
        let admission = admission()
        _ = admission.acquireSlot(entity: nil, now: start, deadline: .distantFuture)
        guard case .queued(let id) = admission.acquireSlot(entity: nil, now: start, deadline: .distantFuture) else {
            return #expect(Bool(false))
        }
        admission.leave(id)
        #expect(await admission.waitForSlot(id) == false)
        #expect(admission.queued == 0)
    }
}
