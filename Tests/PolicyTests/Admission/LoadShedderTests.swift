import Policy
import Testing

@Suite struct LoadShedderTests {
    private let limits = LoadShedder.Limits(requests: 100, bufferedBytes: 1000, descriptors: 50, loopDelay: .milliseconds(200))

    private func load(requests: Int = 0, bytes: Int = 0, descriptors: Int = 0, delay: Duration = .zero) -> LoadShedder.Load {
        var load = LoadShedder.Load()
        load.requests = requests
        load.bufferedBytes = bytes
        load.descriptors = descriptors
        load.loopDelay = delay
        return load
    }

    /// A request that has nothing to say for itself: its tenant holds all there is.
    private var plain: LoadShedder.Claim {
        var claim = LoadShedder.Claim()
        claim.tenantRequests = 1_000_000
        return claim
    }

    @Test func `each resource is watched for itself`() {
        let cases: [(LoadShedder.Load, LoadShedder.Resource?)] = [
            (load(), nil), (load(requests: 99, bytes: 999, descriptors: 49, delay: .milliseconds(199)), nil),
            (load(requests: 100), .requests),
            (load(bytes: 1000), .memory), (load(descriptors: 50), .descriptors), (load(delay: .milliseconds(200)), .loop),
        ]
        for (load, resource) in cases {
            var shedder = LoadShedder(limits)
            let refusal = shedder.admit(load, plain)
            #expect(shedder.shortage == resource)
            #expect((refusal != nil) == (resource != nil))
            #expect(refusal?.status ?? 503 == 503)
        }
    }

    @Test func `it stops at nine tenths, not just below the limit`() {
        var shedder = LoadShedder(limits)
        let shed = [100, 99, 90, 89, 99, 100].map { shedder.admit(load(requests: $0), plain) != nil }
        #expect(shed == [true, true, true, false, false, true])
    }

    @Test func `one shortage gives way to another`() {
        var shedder = LoadShedder(limits)
        _ = shedder.admit(load(requests: 100), plain)
        _ = shedder.admit(load(bytes: 1000), plain)
        #expect(shedder.shortage == .memory)
    }

    @Test func `a cancel is shed a tenth later than what is no cancel`() {
        var cancel = plain
        cancel.isCancel = true
        for (full, beyond) in [
            (load(requests: 109), load(requests: 110)), (load(bytes: 1099), load(bytes: 1100)),
            (load(descriptors: 54), load(descriptors: 55)), (load(delay: .milliseconds(219)), load(delay: .milliseconds(220))),
        ] {
            var shedder = LoadShedder(limits)
            #expect(shedder.admit(full, plain) != nil)
            #expect(shedder.admit(full, cancel) == nil)
            #expect(shedder.admit(beyond, cancel) != nil)
        }
    }

    @Test func `a shortage of one thing does not let a cancel pass that is beyond the last limit of another`() {
        var cancel = plain
        cancel.isCancel = true
        var shedder = LoadShedder(limits)
        #expect(shedder.admit(load(requests: 100), plain) != nil)
        #expect(shedder.admit(load(requests: 100, bytes: 1100), cancel) != nil)
    }

    @Test func `a tenant that holds less than its share is not shed for another's flood`() {
        var shedder = LoadShedder(limits)
        for (held, isShed) in [(24, false), (25, true)] {
            var claim = LoadShedder.Claim()
            claim.tenants = 2
            claim.tenantRequests = held
            // Half of 100, for two tenants.
            #expect((shedder.admit(load(requests: 105), claim) != nil) == isShed)
            #expect(shedder.admit(load(requests: 110), claim) != nil)
        }
    }

    @Test func `what a request has to say for itself is not asked while all is well`() {
        var shedder = LoadShedder(limits)
        var asked = 0
        func claim() -> LoadShedder.Claim {
            asked += 1
            return plain
        }
        _ = shedder.admit(load(requests: 99), claim())
        #expect(asked == 0)
        _ = shedder.admit(load(requests: 100), claim())
        #expect(asked == 1)
    }
}
