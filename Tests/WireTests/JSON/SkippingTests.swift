import Testing

@testable import Wire

@Suite struct SkippingTests {
    static let texts = [
        #"{"id":"2c92","batches":[{"a":1,"b":[true,false,null]},{}],"x":-1.5e3}"#, #"[[],[[]],{"a":{}},"",0]"#,
        #"  { "k\"ey" : [ "v\\", "\u00e9é" , 1 ] , "l" : { } }  "#, #""just a string""#, "12", "null", #"[1,"a",{"b":2}]"#,
    ]

    /// Steps over a value by reading every event in it.
    private func end(byEvents text: [UInt8]) -> Int? {
        var scanner = JSONScanner(text.span)
        do {
            _ = try scanner.next()
            while scanner.depth > 0 { _ = try scanner.next() }
            return scanner.position
        } catch { return nil }
    }

    private func end(bySkipping text: [UInt8]) -> Int? {
        var scanner = JSONScanner(text.span)
        do {
            try scanner.skipValue()
            return scanner.depth == 0 ? scanner.position : nil
        } catch { return nil }
    }

    @Test(arguments: texts)
    func `skipping takes and refuses what reading takes and refuses, whatever byte is changed`(_ text: String) {
        let text = Array(text.utf8)
        #expect(end(bySkipping: text) != nil)
        for index in text.indices {
            #expect(end(bySkipping: Array(text[..<index])) == end(byEvents: Array(text[..<index])), "cut at \(index)")
            for byte in [UInt8](0...255) {
                var changed = text
                changed[index] = byte
                let skipped = end(bySkipping: changed)
                guard skipped != end(byEvents: changed) else { continue }
                Issue.record("byte \(byte) at \(index): ends at \(String(describing: skipped))")
            }
        }
    }

    @Test func `a value that is nested too deeply is refused`() {
        let text = [UInt8](repeating: UInt8(ascii: "["), count: JSONScanner.maximumDepth + 1)
        #expect(end(bySkipping: text) == nil)
    }
}
