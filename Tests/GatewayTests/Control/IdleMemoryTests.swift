import Testing

@testable import Gateway

@Suite struct IdleMemoryTests {
    @Test func `memory goes back once after the start, and once after each stretch of work`() {
        var rest = IdleMemory.Rest()
        #expect(rest.isDue(requests: 1, underWay: 1), "after the start, whatever has come meanwhile")
        #expect(!rest.isDue(requests: 5, underWay: 0), "just busy")
        #expect(!rest.isDue(requests: 9, underWay: 1), "still busy")
        #expect(!rest.isDue(requests: 9, underWay: 1), "one takes long")
        #expect(rest.isDue(requests: 9, underWay: 0))
        #expect(!rest.isDue(requests: 9, underWay: 0))
    }
}
