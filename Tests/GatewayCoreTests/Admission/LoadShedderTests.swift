import GatewayCore
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

    @Test func `each resource is watched for itself`() {
        let cases: [(LoadShedder.Load, LoadShedder.Resource?)] = [
            (load(), nil), (load(requests: 99, bytes: 999, descriptors: 49, delay: .milliseconds(199)), nil),
            (load(requests: 100), .requests),
            (load(bytes: 1000), .memory), (load(descriptors: 50), .descriptors), (load(delay: .milliseconds(200)), .loop),
        ]
        for (load, resource) in cases {
            var shedder = LoadShedder(limits)
            let refusal = shedder.admit(load)
            #expect(shedder.shortage == resource)
            #expect((refusal != nil) == (resource != nil))
            #expect(refusal?.status ?? 503 == 503)
        }
    }

    @Test func `it stops at nine tenths, not just below the limit`() {
        var shedder = LoadShedder(limits)
        let shed = [100, 99, 90, 89, 99, 100].map { shedder.admit(load(requests: $0)) != nil }
        #expect(shed == [true, true, true, false, false, true])
    }

    @Test func `one shortage gives way to another`() {
        var shedder = LoadShedder(limits)
        _ = shedder.admit(load(requests: 100))
        _ = shedder.admit(load(bytes: 1000))
        #expect(shedder.shortage == .memory)
    }
}
