import Testing
import Wire

@Suite struct DeflaterTests {
    @Test func `the header says nothing about when and where`() throws {
        let encoded = try Deflater().deflateWhole(Array("data".utf8))
        // Magic, deflate, no flags, no time.
        #expect(encoded.prefix(8).elementsEqual([0x1F, 0x8B, 8, 0, 0, 0, 0, 0]))
    }

    @Test func `the same body gives the same bytes, from a used deflater too`() throws {
        var random = SplitMix64(seed: 4)
        let body = Body.text(50_000, &random)
        let first = try Deflater().deflateWhole(body)
        let deflater = try Deflater()
        _ = try deflater.deflateWhole(Body.noise(100_000, &random))
        #expect(try deflater.deflateWhole(body) == first)
        var output: [UInt8] = []
        deflater.reset()
        _ = try deflater.deflate(body, to: &output, room: 100, flush: .none)
        #expect(try deflater.deflateWhole(body) == first)
    }

    @Test func `a flushed block can be read before the body ends`() throws {
        let (deflater, inflater) = (try Deflater(), try Inflater())
        var output: [UInt8] = []
        for word in ["one", "two", "three"] {
            var encoded: [UInt8] = []
            let progress = try deflater.deflate(
                Array(word.utf8), to: &encoded, room: 1000, flush: .block)
            #expect(progress.state == .needsInput && progress.consumed == word.utf8.count)
            let before = output.count
            _ = try inflater.inflate(encoded, to: &output, room: 1000)
            #expect(output[before...].elementsEqual(word.utf8))
        }
        #expect(throws: GzipError.truncated) { try inflater.finish() }
    }

    @Test func `a flush with little room goes on in the next call`() throws {
        let deflater = try Deflater()
        var encoded: [UInt8] = []
        var rest = Array("one two three four five".utf8)[...]
        var calls = 0
        while true {
            let progress = try deflater.deflate(Array(rest), to: &encoded, room: 7, flush: .block)
            rest = rest.dropFirst(progress.consumed)
            calls += 1
            if progress.state == .needsInput { break }
            try #require(calls < 100)
        }
        let inflater = try Inflater()
        var output: [UInt8] = []
        _ = try inflater.inflate(encoded, to: &output, room: 1000)
        #expect(output == Array("one two three four five".utf8))
    }

    @Test func `a finished deflater stays finished, and takes nothing more`() throws {
        let deflater = try Deflater()
        var output: [UInt8] = []
        let none: [UInt8] = []
        _ = try deflater.deflate([1, 2, 3], to: &output, room: 100, flush: .finish)
        let again = try deflater.deflate(none, to: &output, room: 100, flush: .finish)
        #expect(again == Progress(consumed: 0, produced: 0, state: .finished))
        #expect(throws: GzipError.engine) {
            try deflater.deflate([4], to: &output, room: 100, flush: .finish)
        }
        deflater.reset()
        #expect(try decode(encode([4], with: deflater)) == [4])
    }

    @Test func `no further flush is taken once the end is asked for`() throws {
        let deflater = try Deflater()
        var output: [UInt8] = []
        _ = try deflater.deflate([1], to: &output, room: 3, flush: .finish)
        #expect(throws: GzipError.engine) {
            try deflater.deflate([2], to: &output, room: 100, flush: .none)
        }
    }

    @Test func `a shape out of range is moved into it`() throws {
        let low = DeflateShape(level: -1, windowBits: 0, memoryLevel: 0)
        #expect((low.level, low.windowBits, low.memoryLevel) == (1, 9, 1))
        let high = DeflateShape(level: 10, windowBits: 99, memoryLevel: .max)
        #expect((high.level, high.windowBits, high.memoryLevel) == (9, 15, 9))
        #expect(try decode(Deflater(shape: low).deflateWhole([1, 2, 3])) == [1, 2, 3])
    }

    @Test func `the default shape takes no more than 64 KiB of tables`() { #expect(DeflateShape().tableBytes == 64 << 10) }
}
