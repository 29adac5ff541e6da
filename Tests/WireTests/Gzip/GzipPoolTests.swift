import Testing
import Wire

@Suite struct GzipPoolTests {
    @Test func `a coder that was given back is lent again, ready for a new body`() throws {
        let pool = GzipPool()
        let inflater = try pool.takeInflater()
        _ = try? decode([0x1F, 0x8B, 9], with: inflater)
        pool.giveBack(inflater)
        let again = try pool.takeInflater()
        #expect(again === inflater)
        #expect(try decode(Member("data").bytes, with: again) == Array("data".utf8))

        let deflater = try pool.takeDeflater()
        var output: [UInt8] = []
        _ = try deflater.deflate([1, 2, 3], to: &output, room: 100, flush: .none)
        pool.giveBack(deflater)
        let same = try pool.takeDeflater()
        #expect(same === deflater)
        #expect(try decode(encode([4], with: same)) == [4])
    }

    @Test func `coders that are lent at the same time are different ones`() throws {
        let pool = GzipPool()
        #expect(try pool.takeInflater() !== pool.takeInflater())
        #expect(try pool.takeDeflater() !== pool.takeDeflater())
    }

    @Test func `no more lie idle than the pool's capacity`() throws {
        let pool = GzipPool(capacity: 2)
        #expect(pool.idleInflaters == 0 && pool.idleDeflaters == 0)
        for inflater in try (0..<5).map({ _ in try pool.takeInflater() }) { pool.giveBack(inflater) }
        for deflater in try (0..<5).map({ _ in try pool.takeDeflater() }) { pool.giveBack(deflater) }
        #expect(pool.idleInflaters == 2 && pool.idleDeflaters == 2)
        let none = GzipPool(capacity: -1)
        none.giveBack(try none.takeInflater())
        #expect(none.idleInflaters == 0)
    }

    @Test func `lent coders have the pool's limits and shape`() throws {
        let pool = GzipPool(limits: InflateLimits(total: 3), shape: DeflateShape(level: 1))
        #expect(throws: GzipError.tooLarge) { try decode(Member("data").bytes, with: pool.takeInflater()) }
        #expect(try pool.takeDeflater().shape.level == 1)
    }

    @Test func `limits given for one body hold for that body alone, on a coder used before too`() throws {
        let pool = GzipPool(limits: InflateLimits(total: 3))
        for _ in 0..<2 {
            let wide = try pool.takeInflater(limits: .file)
            #expect(try decode(Member("data").bytes, with: wide) == Array("data".utf8))
            pool.giveBack(wide)
            let own = try pool.takeInflater()
            #expect(own === wide)
            #expect(throws: GzipError.tooLarge) { try decode(Member("data").bytes, with: own) }
            pool.giveBack(own)
        }
    }
}
