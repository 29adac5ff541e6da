import Testing

@testable import Wire

/// The two decoders of whole bodies: libdeflate in one step, and zlib in slices.
@Suite struct OneShotTests {
    private enum Outcome: Equatable {
        case content([UInt8])
        case fault(GzipError)
    }

    private static func once(_ body: [UInt8], room: Int) -> [UInt8]? {
        guard let decoder = OneShotInflater() else { return nil }
        return decoder.decode(body.span, room: room)
    }

    private static func whole(_ body: [UInt8], _ inflater: Inflater, maximum: Int = 1 << 20) -> Outcome {
        do throws(GzipError) {
            return .content(try inflater.inflateWhole(body.span, maximumOutput: maximum))
        } catch {
            return .fault(error)
        }
    }

    /// As a body that comes in one piece is decoded when it is streamed: by zlib alone.
    private static func streamed(_ body: [UInt8], _ inflater: Inflater) -> Outcome {
        inflater.reset()
        var content: [UInt8] = []
        do throws(GzipError) {
            var offset = 0
            while true {
                let progress = try inflater.inflate(
                    body.span.extracting(offset...), appendingTo: &content, maximumOutput: 4 << 10)
                offset += progress.consumed
                if progress.state != .outputFull { break }
            }
            try inflater.finish()
            return .content(content)
        } catch {
            return .fault(error)
        }
    }

    @Test func `a small body with a plain header is decoded in one step`() throws {
        var random = SplitMix64(seed: 1)
        for size in [0, 1, 200, 1600, 60_000] {
            let content = Body.text(size, &random)
            #expect(Self.once(try encode(content), room: content.count + 1) == content)
        }
    }

    @Test func `what is not one whole member with a plain header is left to zlib`() throws {
        let body = try encode(Array("content".utf8))
        #expect(Self.once(body, room: 6) == nil)
        #expect(Self.once(Array(body.dropLast()), room: 99) == nil)
        #expect(Self.once((body + [0]), room: 99) == nil)
        #expect(Self.once((body + body), room: 99) == nil)
        #expect(Self.once([], room: 99) == nil)
        var named = Member("content")
        named.name = "name"
        #expect(Self.once(named.bytes, room: 99) == nil)
    }

    @Test func `both decoders agree on 20,000 good and damaged bodies, and none gives other content`() throws {
        let (once, slices) = (try Inflater(), try Inflater())
        var random = SplitMix64(seed: 2)
        var (good, bad) = (0, 0)
        for round in 0..<20_000 {
            let content = Body.any(Int.random(in: 0...2000, using: &random), &random)
            var body = try encode(content)
            if round % 8 == 7 { body += try encode(Array("a second member".utf8)) }
            for _ in 0..<Int.random(in: 0...2, using: &random) {
                switch Int.random(in: 0..<4, using: &random) {
                case 0: body[Int.random(in: 0..<body.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 1: body.removeLast(Int.random(in: 0..<min(9, body.count), using: &random))
                case 2: body.append(UInt8.random(in: 0...255, using: &random))
                default: body.insert(0x1F, at: Int.random(in: 0...body.count, using: &random))
                }
                if body.isEmpty { body = [0x1F] }
            }
            let (one, other) = (Self.whole(body, once), Self.streamed(body, slices))
            // libdeflate takes some codes that zlib refuses as incomplete; its content has the right CRC-32 and length, too.
            let isSame = one == other || one == .content(content) && other == .fault(.corrupt)
            #expect(isSame, "round \(round)")
            if case .content = one { good += 1 } else { bad += 1 }
        }
        #expect(good > 5000 && bad > 5000)
    }

    @Test func `a body of more than the maximum is refused, whatever it says of its length`() throws {
        let inflater = try Inflater()
        for length in [UInt32(0), 5, 1000, .max] {
            var body = try encode([UInt8](repeating: 0x61, count: 1000))
            withUnsafeBytes(of: length.littleEndian) { body.replaceSubrange(body.count - 4..<body.count, with: $0) }
            let outcome = Self.whole(body, inflater, maximum: 999)
            #expect(outcome == .fault(.tooLarge) || outcome == .fault(.length), "\(length)")
        }
    }
}
