import Testing
import Wire

@Suite struct BoundTests {
    @Test func `the absolute bound lets through what just fits, and not a byte more`() throws {
        var random = SplitMix64(seed: 1)
        let body = Body.noise(10_000, &random)
        let encoded = try encode(body)
        #expect(try decode(encoded, limits: InflateLimits(total: 10_000)) == body)
        for total in [9_999, 5_000, 4_096, 1, 0] {
            let inflater = try Inflater(limits: InflateLimits(total: total))
            #expect(throws: GzipError.tooLarge) { try decode(encoded, with: inflater) }
            #expect(inflater.decodedCount == total + 1)
        }
    }

    @Test func `a body without data fits a bound of nothing`() throws {
        #expect(try decode(Member("").bytes, limits: InflateLimits(total: 0)).isEmpty)
    }

    @Test func `the absolute bound counts all members`() throws {
        let body = Member("12345").bytes + Member("67890").bytes
        #expect(fault(body, limits: InflateLimits(total: 10)) == nil)
        #expect(fault(body, limits: InflateLimits(total: 9)) == .tooLarge)
    }

    @Test func `a bomb is found soon after the grace`() throws {
        let bomb = try encode(Array(repeating: 0, count: 20 << 20))
        #expect(bomb.count * 1000 < 20 << 20)
        let inflater = try Inflater()
        #expect(throws: GzipError.ratio) { try decode(bomb, with: inflater, input: { 16 << 10 }, output: { 16 << 10 }) }
        #expect(inflater.decodedCount <= (1 << 20) + (64 << 10))
    }

    @Test func `a bomb of many members is found too`() throws {
        let member = try encode(Array(repeating: 0, count: 900 << 10))
        let limits = InflateLimits(ratio: 500)
        #expect(fault(member, limits: limits) == nil)
        #expect(fault(member + member, limits: limits) == .ratio)
    }

    @Test func `the ratio is not checked within the grace`() throws {
        let limits = InflateLimits(ratio: 100)
        let blanks = [UInt8](repeating: 0x20, count: 1 << 20)
        #expect(try decode(encode(blanks), limits: limits) == blanks)
        #expect(try fault(encode(blanks + [0x20]), limits: limits) == .ratio)
    }

    @Test func `a ratio below the bound passes whatever its size`() throws {
        let body = (0..<400).flatMap { [UInt8](repeating: UInt8($0 % 251), count: 8192) }
        #expect(try decode(encode(body)) == body)
    }

    @Test func `one call gives no more than there is room for`() throws {
        let bomb = try encode(Array(repeating: 7, count: 1 << 20))
        let inflater = try Inflater()
        var output: [UInt8] = []
        let progress = try inflater.inflate(bomb, to: &output, room: 100)
        #expect(progress.produced == 100 && progress.state == .outputFull)
        #expect(progress.consumed < bomb.count / 2)
    }

    @Test(arguments: [(Int.min, Int.min, Int.min), (Int.max, Int.max, Int.max), (.max, 1, 0), (0, .max, .max)])
    func `limits at the ends of their range do no harm`(total: Int, ratio: Int, grace: Int) {
        let limits = InflateLimits(total: total, ratio: ratio, ratioGrace: grace)
        let result = fault(Member("data").bytes, limits: limits)
        #expect(result == (total > 0 ? nil : .tooLarge))
    }
}
