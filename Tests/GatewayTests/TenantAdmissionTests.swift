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

    func acquire(_ admission: TenantAdmission, at now: Instant? = nil, until deadline: Instant = .distantFuture)
        -> TenantAdmission
        .Slot
    { admission.acquireSlot(entity: nil, now: now ?? start, deadline: deadline, isRepeat: false) }

    func wait(_ admission: TenantAdmission, _ ticket: UInt64) -> Wait {
        let wait = Wait()
        admission.attach(wait, to: ticket)
        return wait
    }

    @Test func `a released slot goes to the longest waiting request, suspended or not yet`() async {
        let admission = admission()
        guard case .admitted = acquire(admission), case .queued(let first, _) = acquire(admission),
            case .queued(let second, _) = acquire(admission), case .refused(let refusal) = acquire(admission)
        else { return #expect(Bool(false)) }
        #expect(refusal.reason == .queueFull)
        let suspended = wait(admission, first)
        admission.releaseSlot(entity: nil, held: .milliseconds(5), now: start)
        #expect(await suspended.ending == .event)
        admission.releaseSlot(entity: nil, held: .milliseconds(5), now: start)
        #expect(await wait(admission, second).ending == .event)
        #expect(admission.inFlight == 1)
        admission.releaseSlot(entity: nil, held: .milliseconds(5), now: start)
        #expect(admission.inFlight == 0)
        #expect(admission.queued == 0)
    }

    @Test func `a slot that is granted while a wait ends otherwise is not lost`() async {
        let admission = admission()
        guard case .admitted = acquire(admission), case .queued(let ticket, _) = acquire(admission) else {
            return #expect(Bool(false))
        }
        let wait = wait(admission, ticket)
        wait.end(.deadline)
        // By another thread, before the request goes on.
        admission.releaseSlot(entity: nil, held: .milliseconds(5), now: start)
        #expect(!admission.detach(ticket))
        #expect(admission.inFlight == 1)
        guard case .queued(let next, _) = acquire(admission) else { return #expect(Bool(false)) }
        _ = self.wait(admission, next)
        #expect(admission.detach(next))
    }

    @Test func `waiting requests continue once Zuora's limits have expired, before new ones`() async {
        let admission = admission(concurrency: 20)
        for _ in 1...2 { _ = acquire(admission) }
        var fields = RateLimitFields()
        fields.concurrencyLimit = 40
        fields.concurrencyRemaining = 0
        admission.observe(fields, entity: nil, now: start)
        guard case .queued(let first, _) = acquire(admission), case .queued(let second, _) = acquire(admission) else {
            return #expect(Bool(false))
        }
        admission.advance(now: start + .milliseconds(1900))
        #expect(admission.queued == 2)
        admission.advance(now: start + .milliseconds(2100))
        #expect(admission.queued == 0)
        #expect(await wait(admission, first).ending == .event)
        #expect(await wait(admission, second).ending == .event)
        #expect(admission.inFlight == 4)
    }

    @Test func `a request that goes away while it waits leaves the queue`() {
        let admission = admission()
        _ = acquire(admission)
        guard case .queued(let ticket, _) = acquire(admission) else { return #expect(Bool(false)) }
        let wasWaiting = admission.leave(ticket)
        #expect(wasWaiting)
        #expect(admission.queued == 0)
        admission.releaseSlot(entity: nil, held: .seconds(2), now: start)
        #expect(admission.inFlight == 0)
    }

    @Test func `a request that goes away just as it is granted a slot is told to release it`() {
        let admission = admission()
        _ = acquire(admission)
        guard case .queued(let ticket, _) = acquire(admission) else { return #expect(Bool(false)) }
        admission.releaseSlot(entity: nil, held: .seconds(1), now: start)
        let wasWaiting = admission.leave(ticket)
        #expect(!wasWaiting)
        admission.releaseSlot(entity: nil, held: .seconds(1), now: start)
        #expect(admission.inFlight == 0)
    }
}
