import Testing
import Wire

@testable import Policy

@Suite struct WaitingLineTests {
    @Test func `a queue behaves like an array under any removals`() {
        var random = SplitMix64(seed: 7)
        var line = WaitingLine<Int>()
        var array: [Int] = []
        for step in 0..<5000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                line.append(step)
                array.append(step)
            case 5..<8 where !array.isEmpty:
                let (first, expected) = (line.remove(at: 0), array.removeFirst())
                #expect(first == expected)
            case 8 where !array.isEmpty:
                let index = Int.random(in: array.indices, using: &random)
                let (one, expected) = (line.remove(at: index), array.remove(at: index))
                #expect(one == expected)
            default: break
            }
            #expect(line.elementsEqual(array))
        }
    }
}
