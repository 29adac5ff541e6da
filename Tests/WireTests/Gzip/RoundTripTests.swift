import Testing
import Wire

@Suite struct RoundTripTests {
    @Test(arguments: [0, 1, 2, 7, 999, 1000, 4095, 4096, 4097, 65_535, 65_536, 65_537, 300_000])
    func `a body comes back whatever its size and however it is cut`(size: Int) throws {
        var random = SplitMix64(seed: UInt64(size))
        let inflater = try Inflater()
        let deflater = try Deflater()
        for _ in 0..<4 {
            let body = Body.any(size, &random)
            let (a, b) = (1 << Int.random(in: 4...15, using: &random), 1 << Int.random(in: 4...15, using: &random))
            deflater.reset()
            let encoded = try encode(
                body, with: deflater, input: { .random(in: 1...a, using: &random) },
                output: { .random(in: 1...b, using: &random) })
            inflater.reset()
            let decoded = try decode(
                encoded, with: inflater, input: { .random(in: 1...a, using: &random) },
                output: { .random(in: 1...b, using: &random) })
            #expect(decoded == body)
        }
    }

    @Test func `a body of 5 MiB comes back`() throws {
        var random = SplitMix64(seed: 5)
        for body in [Body.noise(5 << 20, &random), Body.text(5 << 20, &random)] {
            let encoded = try encode(body, with: Deflater(), input: { 16 << 10 }, output: { 16 << 10 })
            let decoded = try decode(encoded, with: Inflater(), input: { 16 << 10 }, output: { 16 << 10 })
            #expect(decoded == body)
        }
    }

    @Test(arguments: 1...9, [9, 13, 15])
    func `every level and window gives what any reader understands`(level: Int, windowBits: Int) throws {
        var random = SplitMix64(seed: 3)
        let body = Body.text(70_000, &random)
        for memoryLevel in [1, 6, 9] {
            let shape = DeflateShape(level: level, windowBits: windowBits, memoryLevel: memoryLevel)
            #expect(try decode(Deflater(shape: shape).deflateWhole(body)) == body)
        }
    }

    @Test func `where the input is cut makes no difference`() throws {
        let body = Member("first").bytes + (try encode(Array("second second second".utf8))) + Member("").bytes
        let inflater = try Inflater()
        for first in 0...body.count {
            for second in first...body.count {
                inflater.reset()
                var cuts = [first, second - first, body.count - second].filter { $0 > 0 }[...]
                #expect(
                    try decode(body, with: inflater, input: { cuts.popFirst() ?? 1 }) == Array("firstsecond second second".utf8))
            }
        }
    }

    @Test(arguments: 1...40)
    func `how much room the output has makes no difference`(room: Int) throws {
        let body = Member("first").bytes + (try encode(Array("second second second".utf8)))
        #expect(try decode(body, with: Inflater(), output: { room }) == Array("firstsecond second second".utf8))
        #expect(try decode(body, with: Inflater(), input: { 1 }, output: { room }) == Array("firstsecond second second".utf8))
    }

    @Test func `a whole body is decoded and encoded in one call`() throws {
        var random = SplitMix64(seed: 8)
        let (inflater, deflater) = (try Inflater(), try Deflater())
        for size in [0, 1, 1000, 100_000, 1_000_000] {
            let body = Body.any(size, &random)
            let encoded = try deflater.deflateWhole(body)
            #expect(try inflater.inflateWhole(encoded, maximumOutput: size) == body)
            #expect(try inflater.inflateWhole(encoded, maximumOutput: .max) == body)
            if size > 0 {
                #expect(throws: GzipError.tooLarge) { try inflater.inflateWhole(encoded, maximumOutput: size - 1) }
            }
            #expect(throws: GzipError.truncated) { try inflater.inflateWhole(Array(encoded.dropLast()), maximumOutput: size) }
        }
    }
}
