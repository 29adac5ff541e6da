import Testing
import Wire

@Suite struct BadStreamTests {
    /// Small bodies of each kind of block, and several members.
    static let bodies: [[UInt8]] = {
        var random = SplitMix64(seed: 77)
        let text = Body.text(600, &random)
        var all = Member("")
        all.extra = [1, 2, 3]
        all.name = "name"
        all.comment = "comment"
        all.headerCRC = true
        return [
            Member("stored").bytes, all.bytes, (try? encode(Array("fixed codes".utf8))) ?? [], (try? encode(text)) ?? [],
            Member("one").bytes + Member("two").bytes,
        ]
    }()

    @Test(arguments: bodies)
    func `a truncated body is never a clean end`(body: [UInt8]) throws {
        try #require(fault(body) == nil)
        let inflater = try Inflater()
        let first = Member("one").bytes.count
        for count in 1..<body.count where body.count != 2 * first || count != first {
            inflater.reset()
            #expect(throws: GzipError.truncated, "cut at \(count)") { try decode(Array(body.prefix(count)), with: inflater) }
            // The error stays.
            #expect(throws: GzipError.truncated) { try inflater.finish() }
            var output: [UInt8] = []
            #expect(throws: GzipError.truncated) {
                try inflater.inflate(Array(body.suffix(body.count - count)), to: &output, room: 99)
            }
        }
    }

    @Test(arguments: bodies)
    func `a damaged body never ends cleanly with other bytes`(body: [UInt8]) throws {
        let whole = try decode(body)
        let inflater = try Inflater()
        for index in body.indices {
            for bit in 0..<8 {
                var damaged = body
                damaged[index] ^= 1 << UInt8(bit)
                inflater.reset()
                // A bit of the header that says nothing about the data may change.
                if let decoded = try? decode(damaged, with: inflater) { #expect(decoded == whole, "bit \(bit) of byte \(index)") }
            }
        }
    }

    @Test func `a wrong checksum or length is found`() {
        var crc = Member("data")
        crc.crcError = 1
        #expect(fault(crc.bytes) == .crc)
        var length = Member("data")
        length.lengthError = 1
        #expect(fault(length.bytes) == .length)
        #expect(fault(Member("fine").bytes + crc.bytes) == .crc)
        #expect(fault(length.bytes + Member("fine").bytes) == .length)
    }

    @Test(
        arguments: [
            Array("x".utf8), [0], Array(repeating: 0, count: 512), [0x1F, 0x00], [0x1F, 0x8A, 8, 0], [0xFF],
            Array(#"{"a":1}"#.utf8),
        ] as [[UInt8]])
    func `what follows the last member is garbage`(tail: [UInt8]) throws {
        let body = Member("data").bytes + tail
        #expect(fault(body) == .trailingGarbage)
        #expect(throws: GzipError.trailingGarbage) { try decode(body, with: Inflater(), input: { 1 }) }
        #expect(throws: GzipError.trailingGarbage) { try decode(body, with: Inflater(), output: { 1 }) }
    }

    @Test func `a further member cut short is truncated, not garbage`() {
        #expect(fault(Member("data").bytes + [0x1F]) == .truncated)
        #expect(fault(Member("data").bytes + [0x1F, 0x8B]) == .truncated)
    }

    @Test(
        arguments: [
            Array("plain".utf8), [0], [0x1F, 0x8C, 8, 0], [0x78, 0x9C, 0x03, 0x00, 0, 0, 0, 1], [0x50, 0x4B, 3, 4],
        ] as [[UInt8]])
    func `a body of another format is not gzip`(body: [UInt8]) { #expect(fault(body) == .notGzip) }

    @Test func `a body of no bytes is empty, one of a single byte is truncated`() {
        #expect(fault([]) == nil)
        #expect(fault([0x1F]) == .truncated)
    }

    @Test func `deflate data that breaks its format is corrupt`() {
        let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        // A block of the reserved type, a stored length that does not match its complement, a distance beyond the start.
        #expect(fault(header + [0x07]) == .corrupt)
        #expect(fault(header + [0x01, 5, 0, 5, 0]) == .corrupt)
        #expect(fault(header + [0x03, 0x02]) == .corrupt)
    }

    @Test(arguments: GzipError.allCases)
    func `every error has a reason of its own`(error: GzipError) {
        #expect(!error.description.isEmpty)
        #expect(GzipError.allCases.count { $0.description == error.description } == 1)
    }

    @Test func `an inflater works again after an error`() throws {
        let inflater = try Inflater()
        for bad in [Array("plain".utf8), Member("cut").bytes.dropLast(), Member("a").bytes + [0]] {
            inflater.reset()
            _ = try? decode(Array(bad), with: inflater)
            inflater.reset()
            #expect(inflater.encodedCount == 0 && inflater.decodedCount == 0)
            #expect(try decode(Member("good").bytes, with: inflater) == Array("good".utf8))
        }
    }
}
