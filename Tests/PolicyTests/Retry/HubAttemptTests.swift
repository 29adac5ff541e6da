import Testing
import Wire

@testable import Policy

@Suite struct HubAttemptTests {
    private static let start = Instant(nanoseconds: 1_000_000_000)

    private func attempts(isIdempotent: Bool = true, isReplayable: Bool = true, isCancel: Bool = false) -> HubAttempts {
        HubAttempts(
            deadline: Deadline(start: Self.start, total: .seconds(10)), isIdempotent: isIdempotent, isReplayable: isReplayable,
            isCancel: isCancel)
    }

    private let race = AttemptFailure(.reset, requestSent: true, connectionReused: true)

    @Test func `a connection that the hub closed while it was idle is replaced once`() {
        var machine = attempts()
        #expect(machine.failed(race, now: Self.start) == nil)
        #expect(machine.failed(race, now: Self.start)?.type == "hub-response-broken")
    }

    @Test func `what may have been done is not sent again unless it is idempotent, kept and in time`() {
        var (unsafe, streamed, late) = (attempts(isIdempotent: false), attempts(isReplayable: false), attempts())
        #expect(unsafe.failed(race, now: Self.start)?.mayHaveReached == true)
        #expect(streamed.failed(race, now: Self.start)?.mayHaveReached == true)
        #expect(late.failed(race, now: Self.start + .seconds(10))?.mayHaveReached == true)
        var unsent = attempts(isIdempotent: false)
        #expect(unsent.failed(AttemptFailure(.reset, requestSent: false, connectionReused: true), now: Self.start) == nil)
    }

    @Test(arguments: [
        AttemptFailure.Cause.resolve, .refused, .connect, .connectTimeout, .tls, .certificate, .tlsRefused, .reset,
    ])
    func `a hub that cannot be reached is a 503 with Retry-After`(cause: AttemptFailure.Cause) throws {
        var machine = attempts(isCancel: true)
        let failed = machine.failed(AttemptFailure(cause, requestSent: false), now: Self.start)
        let problem = try #require(failed)
        #expect(problem.status == 503 && problem.type == "hub-unavailable")
        #expect(problem.retryAfter != nil && problem.mayHaveReached == false && problem.outcome == .unknown)
        #expect(problem.proxyError == cause.proxyError)
    }

    @Test func `time limits keep their own problems`() {
        var machine = attempts()
        #expect(machine.failed(AttemptFailure(.totalTimeout, requestSent: true), now: Self.start)?.type == "timeout-total")
        #expect(machine.failed(AttemptFailure(.stallTimeout, requestSent: true), now: Self.start)?.type == "timeout-stall")
        #expect(machine.failed(AttemptFailure(.resources, requestSent: false), now: Self.start)?.type == "gateway-overloaded")
        #expect(machine.failed(AttemptFailure(.stopped, requestSent: false), now: Self.start)?.type == "gateway-stopping")
    }

    @Test func `a hub that does not know the key gets the newer one, once`() {
        var machine = attempts()
        #expect(machine.refused(hasOtherKey: true, now: Self.start) == nil)
        #expect(machine.refused(hasOtherKey: true, now: Self.start)?.type == "hub-refused")
        var same = attempts()
        #expect(same.refused(hasOtherKey: false, now: Self.start)?.retryAfter != nil)
        var streamed = attempts(isReplayable: false)
        #expect(streamed.refused(hasOtherKey: true, now: Self.start) != nil)
    }
}
