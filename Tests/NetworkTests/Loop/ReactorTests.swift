import Testing
import Wire

@testable import Network

@Suite struct ReactorTests {
    @Test func `a loop that is late in two turns is late, and no longer once its turns are short again`() async throws {
        try await TestLoop.with { loop in
            let long = Duration.milliseconds(20)
            func keepBusy() {
                let end = Instant.now() + long
                while Instant.now() < end {}
            }
            for _ in 0..<2 {
                await loop.reactor.yield()
                keepBusy()
            }
            await loop.reactor.yield()
            #expect(loop.reactor.lateness >= long)
            var turns = 0
            while loop.reactor.lateness >= long, turns < 1000 {
                await loop.reactor.yield()
                turns += 1
            }
            #expect(loop.reactor.lateness < long)
            // One long turn after short ones is a hiccup. Another thread may make a short turn long; not ten times in a row.
            var seen = [Duration]()
            for _ in 0..<10 {
                await loop.reactor.yield()
                await loop.reactor.yield()
                keepBusy()
                await loop.reactor.yield()
                seen.append(loop.reactor.lateness)
            }
            #expect(seen.contains { $0 < long })
        }
    }
}
