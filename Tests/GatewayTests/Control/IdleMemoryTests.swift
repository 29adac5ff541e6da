import Testing

@testable import Gateway

@Suite struct IdleMemoryTests {
    @Test func `memory goes back once after the start, and once after each stretch of work`() {
        var rest = IdleMemory.Rest()
        let steps: [(requests: Int, underWay: Int, isDue: Bool, Comment)] = [
            (1, 1, true, "after the start, whatever has come meanwhile"),
            (5, 0, false, "just busy"),
            (9, 1, false, "still busy"),
            (9, 1, false, "one takes long"),
            (9, 0, true, "at rest"),
            (9, 0, false, "nothing has been done since"),
            (10, 0, false, "busy again"),
            (10, 0, true, "at rest again"),
        ]
        for step in steps {
            let isDue = rest.isDue(requests: step.requests, underWay: step.underWay)
            #expect(isDue == step.isDue, step.3)
        }
    }
}
