import Policy
import Testing
import Wire

@testable import Gateway

@Suite struct CoalescerTests {
    let key = Coalescer.Key(
        route: 0, path: Array("/v1/batch-query/jobs/1".utf8), entity: nil, orgs: .none, caller: .trusted, version: [])

    func answer(_ status: Int) -> Coalescer.Result {
        .answer(
            SharedAnswer(
                status: status, head: RelayedHead(fields: [], bytes: []), content: [1, 2, 3], outcome: .cancelled,
                shownStatus: nil))
    }

    @Test func `the first cancel leads, identical ones follow, others lead their own`() {
        let coalescer = Coalescer()
        guard case .leader = coalescer.join(key) else { return #expect(Bool(false)) }
        guard case .follower = coalescer.join(key) else { return #expect(Bool(false)) }
        var other = key
        other.entity = 1
        guard case .leader = coalescer.join(other) else { return #expect(Bool(false)) }
        var foreign = key
        foreign.caller = .known(3)
        guard case .leader = coalescer.join(foreign) else { return #expect(Bool(false)) }
    }

    @Test func `a follower gets the leader's answer, whether it waits already or comes to wait later`() async {
        let coalescer = Coalescer()
        _ = coalescer.join(key)
        guard case .follower(let early) = coalescer.join(key), case .follower(let late) = coalescer.join(key) else {
            return #expect(Bool(false))
        }
        async let first = coalescer.wait(early, key)
        coalescer.finish(key, answer(200))
        let second = await coalescer.wait(late, key)
        for result in [await first, second] {
            guard case .answer(let shared) = result else {
                Issue.record("no answer")
                continue
            }
            #expect(shared.status == 200)
            #expect(shared.content == [1, 2, 3])
        }
    }

    @Test func `after the end the next identical cancel leads again`() {
        let coalescer = Coalescer()
        _ = coalescer.join(key)
        coalescer.finish(key, .abandoned)
        guard case .leader = coalescer.join(key) else { return #expect(Bool(false)) }
    }

    @Test func `a follower that leaves gets nothing, and takes nothing from the others`() async {
        let coalescer = Coalescer()
        _ = coalescer.join(key)
        guard case .follower(let gone) = coalescer.join(key), case .follower(let stays) = coalescer.join(key) else {
            return #expect(Bool(false))
        }
        coalescer.leave(gone, key)
        let isNothing = await coalescer.wait(gone, key) == nil
        #expect(isNothing)
        coalescer.finish(key, answer(409))
        guard case .answer(let shared) = await coalescer.wait(stays, key) else { return #expect(Bool(false)) }
        #expect(shared.status == 409)
    }
}
