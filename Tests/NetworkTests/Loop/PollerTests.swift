import CLinux
import Foundation
import Testing

@testable import Network

@Suite struct PollerTests {
    final class Source: EventSource {
        var count = 0
        func ready(_ readiness: Readiness) { count += 1 }
    }

    func pipe() -> (Int32, Int32) {
        var ends: [Int32] = [0, 0]
        Foundation.pipe(&ends)
        return (ends[0], ends[1])
    }

    @Test func `a descriptor that was closed behind the poller's back can be watched again under the same number`() throws {
        let poller = try Poller(wakeDescriptor: eventfd(0, zg_efd_flags))
        let (first, firstEnd) = pipe()
        let old = Source()
        poller.watch(first, old, .readable)
        close(first)
        let (second, secondEnd) = pipe()
        try #require(second == first)
        let new = Source()
        #expect(poller.watch(second, new, .readable))
        write(secondEnd, "x", 1)
        poller.wait(milliseconds: 0) {}
        #expect(old.count == 0)
        #expect(new.count == 1)
        for descriptor in [second, firstEnd, secondEnd] { close(descriptor) }
    }

    @Test func `a stale owner cannot remove the registration of a successor`() throws {
        let poller = try Poller(wakeDescriptor: eventfd(0, zg_efd_flags))
        let (reader, writer) = pipe()
        let old = Source()
        let new = Source()
        poller.watch(reader, old, .readable)
        poller.watch(reader, new, .readable)
        poller.unwatch(reader, old)
        write(writer, "x", 1)
        poller.wait(milliseconds: 0) {}
        #expect(new.count == 1)
        close(reader)
        close(writer)
    }

    @Test func `an event for a source that was forgotten in the same batch is dropped`() throws {
        final class Killer: EventSource {
            let action: () -> Void
            init(_ action: @escaping () -> Void) { self.action = action }
            func ready(_ readiness: Readiness) { action() }
        }
        let poller = try Poller(wakeDescriptor: eventfd(0, zg_efd_flags))
        let (a, aEnd) = pipe()
        let (b, bEnd) = pipe()
        let victimA = Source()
        let victimB = Source()
        // Whichever comes first forgets both.
        let forget = {
            poller.forget(a, victimA)
            poller.forget(b, victimB)
        }
        _ = forget
        poller.watch(a, victimA, .readable)
        poller.watch(b, victimB, .readable)
        let (c, cEnd) = pipe()
        let killer = Killer(forget)
        poller.watch(c, killer, .readable)
        write(cEnd, "x", 1)
        write(aEnd, "x", 1)
        write(bEnd, "x", 1)
        poller.wait(milliseconds: 0) {}
        #expect(victimA.count == 0)
        #expect(victimB.count == 0)
        for descriptor in [a, aEnd, b, bEnd, c, cEnd] { close(descriptor) }
    }
}
