import Network
import Testing

@testable import Gateway

@Suite struct LoadShareTests {
    @Test func `a request's content and the largest response so far are counted together until it is over`() {
        let gauge = LoadGauge(connections: ConnectionGauge())
        var share: LoadShare? = LoadShare(gauge)
        share?.count(100_000)
        #expect(gauge.heldBytes == 100_000)
        share?.countResponse(250_000)
        // A verification, and then a response that is streamed.
        share?.countResponse(20_000)
        share?.countResponse(LoadShare.stream)
        #expect(gauge.heldBytes == 350_000 && gauge.requests == 1)
        share?.count(0)
        #expect(gauge.heldBytes == 250_000)
        share = nil
        #expect(gauge.heldBytes == 0 && gauge.requests == 0)
    }
}
