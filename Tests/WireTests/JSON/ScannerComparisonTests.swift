import Foundation
import Testing
import Wire

@Suite struct ScannerComparisonTests {
    @Test(arguments: 0..<400)
    func `random documents are read as Foundation reads them`(seed: Int) throws {
        var generator = DocumentGenerator(random: SplitMix64(seed: UInt64(seed)))
        let text = generator.document()
        let value = try JSONValue(parsing: text)
        let object = try #require(foundation(text))
        #expect(agree(value, object), "\(String(decoding: text, as: UTF8.self))")
    }

    @Test(arguments: 0..<60)
    func `a document cut at any offset is truncated, never accepted or called malformed`(seed: Int) throws {
        var generator = DocumentGenerator(random: SplitMix64(seed: UInt64(seed) << 20))
        let document = [0x5B] + generator.document() + [0x5D]
        for end in 0..<document.count {
            let cut = Array(document[..<end])
            #expect(failure(cut)?.reason == .truncated, "\(String(decoding: cut, as: UTF8.self))")
        }
    }

    /// The two differ in three points: lone surrogate escapes and numbers beyond the range of a double are accepted here,
    /// trailing commas there.
    @Test(arguments: 0..<400)
    func `documents with random damage are accepted and refused as by Foundation`(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed) &* 7919)
        var generator = DocumentGenerator(random: random)
        var text = generator.document()
        for _ in 0..<Int.random(in: 1...3, using: &random) where !text.isEmpty {
            let at = Int.random(in: 0..<text.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: text[at] = UInt8.random(in: 0...255, using: &random)
            case 1: text.remove(at: at)
            default: text.insert(Array("{}[],:\"\\0-eE.u".utf8).randomElement(using: &random)!, at: at)
            }
        }
        let shown = String(decoding: text, as: UTF8.self)
        let isOurs = failure(text) == nil
        let isTheirs = foundation(text) != nil
        if isOurs != isTheirs {
            let isKnown = isOurs ? shown.contains("\\ud") || shown.contains("e") : shown.contains(/,\s*[\]}]/)
            #expect(isKnown, "ours \(isOurs), theirs \(isTheirs): \(shown)")
        }
    }

    @Test func `bytes at random never trap`() {
        var random = SplitMix64(seed: 42)
        let alphabet = Array("{}[],:\"\\u0123456789abcdefeE+-. tnrfals\n".utf8) + [0xC3, 0xA9, 0xF0, 0x9F, 0xFF]
        var accepted = 0
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...24, using: &random)).map { _ in alphabet.randomElement(using: &random)! }
            if failure(text) == nil { accepted += 1 }
        }
        #expect(accepted > 0)
    }
}
