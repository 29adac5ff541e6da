import Policy
import Testing
import Wire

@testable import Gateway

@Suite struct CoalescerTests {
    let key = Coalescer.Key(
        route: 0, path: Array("/v1/batch-query/jobs/1".utf8), entity: nil, orgs: .none, caller: .trusted, version: [])

    func response(_ status: Int) -> Coalescer.Result {
        .response(
            SharedResponse(
                status: status, isHTTP10: false, fields: [], head: [], content: [1, 2, 3], outcome: .cancelled, shownStatus: nil))
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

    @Test func `a follower gets the leader's response, whether it waits already or comes to wait later`() async {
        let coalescer = Coalescer()
        _ = coalescer.join(key)
        guard case .follower(let early) = coalescer.join(key), case .follower(let late) = coalescer.join(key) else {
            return #expect(Bool(false))
        }
        let (first, second) = (Wait(), Wait())
        early.attach(first)
        coalescer.finish(key, response(200))
        late.attach(second)
        for (follower, wait) in [(early, first), (late, second)] {
            #expect(await wait.ending == .event)
            guard case .response(let shared)? = follower.result else {
                Issue.record("no response")
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
        #expect(coalescer.hasFollowers(key))
        coalescer.finish(key, response(409))
        #expect(gone.result == nil)
        guard case .response(let shared)? = stays.result else { return #expect(Bool(false)) }
        #expect(shared.status == 409)
    }
}
