import Policy
import Testing
import Wire

@Suite struct UpstreamCeilingTests {
    private func fields(_ remaining: Int?, of limit: Int? = 40) -> RateLimitFields {
        var fields = RateLimitFields()
        fields.concurrencyLimit = limit
        fields.concurrencyRemaining = remaining
        return fields
    }

    @Test func `what is left at Zuora, less a tenth of the limit, may come on top of what is under way`() {
        for (inFlight, remaining, limit, expected) in [
            (1, 39, 40, 36), (20, 39, 40, 36), (20, 4, 40, 20), (20, 0, 40, 16), (2, 0, 40, 1), (3, 0, 9, 3), (5, 2, nil, 6),
            (1, 0, nil, 1),
        ] as [(Int, Int, Int?, Int)] {
            var ceiling = UpstreamCeiling(now: .at(0))
            #expect(ceiling.value(at: .at(0)) == .max)
            ceiling.observe(fields(remaining, of: limit), inFlight: inFlight, now: .at(0))
            #expect(ceiling.value(at: .at(1)) == expected, "\(inFlight) \(remaining)")
        }
    }

    @Test func `many responses of one moment lower it once`() {
        var ceiling = UpstreamCeiling(now: .at(0))
        ceiling.observe(fields(0), inFlight: 20, now: .at(0))
        for inFlight in (1...16).reversed() { ceiling.observe(fields(0), inFlight: inFlight, now: .at(0.5)) }
        #expect(ceiling.value(at: .at(0.9)) == 16)
        ceiling.observe(fields(0), inFlight: 10, now: .at(1))
        #expect(ceiling.value(at: .at(1)) == 6)
        ceiling.observe(fields(30), inFlight: 6, now: .at(1.1))
        #expect(ceiling.value(at: .at(1.1)) == 32, "it rises at once")
    }

    @Test func `what was said is forgotten after two seconds, save for the limit itself`() {
        var ceiling = UpstreamCeiling(now: .at(0))
        ceiling.observe(fields(0), inFlight: 5, now: .at(0))
        #expect(ceiling.value(at: .at(1.9)) == 1)
        #expect(ceiling.value(at: .at(2)) == 36)
        var unknown = UpstreamCeiling(now: .at(0))
        unknown.observe(fields(0, of: nil), inFlight: 5, now: .at(0))
        #expect(unknown.value(at: .at(2)) == .max)
        var silent = UpstreamCeiling(now: .at(0))
        silent.observe(fields(nil), inFlight: 5, now: .at(0))
        #expect(silent.value(at: .at(0)) == .max)
    }

    @Test func `requests are held while Zuora has no room, by entity, and let in when it has`() {
        var limiter = SlotLimiter(.init(concurrency: 20, queue: 10, queueTimeout: .seconds(10)))
        let (emea, amer) = (0, 1)
        var granted: [UInt64] = []
        for id in 1...3 { #expect(limiter.acquire(UInt64(id), entity: emea, now: .at(0)) == .admitted) }
        limiter.observe(fields(0, of: 9), entity: emea, now: .at(0), granted: &granted)
        #expect(limiter.acquire(4, entity: emea, now: .at(0.1)) == .queued(until: .at(10.1)))
        #expect(limiter.acquire(5, entity: amer, now: .at(0.1)) == .admitted, "another entity has its own limit")
        limiter.release(entity: emea, held: .seconds(1), now: .at(0.1), granted: &granted)
        #expect(granted == [4])
        #expect(limiter.acquire(6, entity: emea, now: .at(0.2)) == .queued(until: .at(10.2)))
        limiter.observe(fields(3, of: 9), entity: emea, now: .at(0.3), granted: &granted)
        #expect(granted == [4, 6])
    }
}
