import Testing
import Wire

@testable import Network

@Suite struct TimerTests {
    func at(_ ns: UInt64) -> Instant { Instant(nanoseconds: ns) }

    @Test func `timers fire in the order of their deadlines, and once`() {
        let heap = TimerHeap()
        var fired: [String] = []
        let b = Timer(heap) { fired.append("b") }
        let a = Timer(heap) { fired.append("a") }
        b.schedule(at: at(20))
        a.schedule(at: at(10))
        #expect(heap.next == at(10))
        heap.fire(at(30))
        heap.fire(at(40))
        #expect(fired == ["a", "b"])
    }

    @Test func `a timer moved later costs no entry and fires at the later time only`() {
        let heap = TimerHeap()
        var fired = 0
        let timer = Timer(heap) { fired += 1 }
        for deadline in 10..<1000 { timer.schedule(at: at(UInt64(deadline))) }
        #expect(heap.count == 1)
        heap.fire(at(998))
        #expect(fired == 0)
        heap.fire(at(999))
        #expect(fired == 1)
        #expect(heap.count == 0)
    }

    @Test func `timers that are cancelled are not kept until a deadline that is far away`() {
        let heap = TimerHeap()
        var fired = 0
        let kept = Timer(heap) { fired += 1 }
        kept.schedule(at: at(1_000_000))
        let first = Timer(heap) { fired += 10 }
        first.schedule(at: at(1_000_000))
        first.cancel()
        for _ in 0..<10_000 {
            let timer = Timer(heap) { fired += 100 }
            timer.schedule(at: at(1_000_000))
            timer.cancel()
        }
        #expect(heap.count <= 1025)
        first.schedule(at: at(1_000_000))
        heap.fire(at(2_000_000))
        #expect(fired == 11)
    }

    @Test func `a timer moved earlier fires at the earlier time`() {
        let heap = TimerHeap()
        var fired = 0
        let timer = Timer(heap) { fired += 1 }
        timer.schedule(at: at(100))
        timer.schedule(at: at(10))
        heap.fire(at(10))
        #expect(fired == 1)
        heap.fire(at(100))
        #expect(fired == 1)
    }

    @Test func `a cancelled timer never fires, and its entry goes when it comes up`() {
        let heap = TimerHeap()
        let timer = Timer(heap) { Issue.record("fired") }
        timer.schedule(at: at(10))
        timer.cancel()
        heap.fire(at(10))
        #expect(heap.count == 0)
    }

    @Test func `an action may set its own timer again`() {
        let heap = TimerHeap()
        var fired = 0
        var again: Timer?
        let timer = Timer(heap) {
            fired += 1
            again?.schedule(at: Instant(nanoseconds: 20))
        }
        again = timer
        timer.schedule(at: at(10))
        heap.fire(at(10))
        heap.fire(at(20))
        #expect(fired == 2)
    }
}
