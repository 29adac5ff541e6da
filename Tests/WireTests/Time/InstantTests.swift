import Testing

@testable import Wire

@Suite struct InstantTests {
    @Test func `adding saturates at both ends instead of trapping`() {
        #expect(Instant(nanoseconds: 5) + .seconds(-1) == Instant(nanoseconds: 0))
        #expect(Instant.distantFuture + .seconds(1) == .distantFuture)
        #expect(Instant(nanoseconds: 0) + .seconds(Int64.max) == Instant(nanoseconds: UInt64(Int64.max)))
    }

    @Test func `a difference is signed`() {
        let a = Instant(nanoseconds: 1_000_000_000)
        let b = Instant(nanoseconds: 3_500_000_000)
        #expect(b - a == .milliseconds(2500))
        #expect(a - b == .milliseconds(-2500))
    }

    @Test func `the clock moves forward`() {
        #expect(Instant.now() <= Instant.now())
    }
}
