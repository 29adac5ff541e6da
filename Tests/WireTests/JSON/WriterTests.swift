import Foundation
import Testing
import Wire

@Suite struct WriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func `commas stand between values and nowhere else`() {
        let text = written { json in
            json.beginObject()
            json.member("a", 1)
            json.member("b", "two")
            json.key("c")
            json.beginArray()
            json.value(true)
            json.beginObject()
            json.endObject()
            json.beginArray()
            json.endArray()
            json.null()
            json.endArray()
            json.key("d" as String)
            json.beginObject()
            json.member("e", false)
            json.endObject()
            json.endObject()
        }
        #expect(text == #"{"a":1,"b":"two","c":[true,{},[],null],"d":{"e":false}}"#)
    }

    @Test(arguments: [
        ("", #""""#), ("plain text", #""plain text""#), ("a\"b\\c", #""a\"b\\c""#), ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#),
        ("\0\u{1F}\u{7F}", #""\u0000\u001f\u007f""#), ("\u{80}\u{9F}\u{A0}", "\"\\u0080\\u009f\u{A0}\""), ("é日😀", "\"é日😀\""),
        ("</script>", "\"</script>\""),
    ])
    func `strings are escaped`(text: String, expected: String) {
        #expect(written { $0.value(text) } == expected)
        #expect(written { $0.value(Array(text.utf8).span) } == expected)
    }

    @Test(
        arguments: [
            ([0xFF], "\u{FFFD}"), ([0x61, 0xC3], "a\u{FFFD}"), ([0xC3, 0x28], "\u{FFFD}("), ([0xE2, 0x82], "\u{FFFD}"),
            ([0xF0, 0x9F, 0x98, 0x41], "\u{FFFD}A"), ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
            ([0x80, 0x80], "\u{FFFD}\u{FFFD}"),
        ] as [([UInt8], String)])
    func `bytes that are not UTF-8 become replacement characters, as in Swift's own decoding`(bytes: [UInt8], expected: String) {
        #expect(written { $0.value(bytes.span) } == "\"" + expected + "\"")
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test func `any bytes make a string that reads back as Swift decodes them`() throws {
        var random = SplitMix64(seed: 7)
        let alphabet: [UInt8] = [
            0x22, 0x5C, 0x0A, 0x00, 0x1F, 0x7F, 0x80, 0xC2, 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80, 0xED, 0xFF,
            0x61, 0x62,
        ]
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...30, using: &random)).map { _ in alphabet.randomElement(using: &random)! }
            var writer = JSONWriter()
            writer.value(bytes.span)
            let text = writer.bytes
            #expect(text.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
            #expect(try JSONValue(parsing: text).string == String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test(arguments: [0, 7, -7, 10, 99, 100, 123_456_789, .max, .min])
    func `integers`(value: Int) {
        #expect(written { $0.value(value) } == "\(value)")
    }

    @Test(
        arguments: [
            (0, "0"), (1, "0.000001"), (1_250_000, "1.25"), (1_000_000, "1"), (-1_500_000, "-1.5"), (100_010, "0.10001"),
            (999_999, "0.999999"),
            (Int64.min, "-9223372036854.775808"),
        ] as [(Int64, String)])
    func `millionths are a decimal without trailing zeros`(value: Int64, expected: String) {
        #expect(written { $0.value(millionths: value) } == expected)
    }

    @Test func `a double that JSON cannot spell is null`() {
        #expect(written { $0.value(1.5) } == "1.5")
        #expect(written { $0.value(Double.infinity) } == "null")
        #expect(written { $0.value(Double.nan) } == "null")
        #expect(written { $0.value(1e300) } == "1e+300")
    }

    @Test func `one writer serves many lines`() {
        var writer = JSONWriter()
        for i in 0..<3 {
            writer.beginText()
            writer.beginObject()
            writer.member("n", i)
            writer.endObject()
            writer.bytes.append(0x0A)
        }
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n")
        writer.removeAll()
        writer.value("again")
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "\"again\"")
        var continued = JSONWriter(appendingTo: Array("x ".utf8))
        continued.value(1)
        #expect(String(decoding: continued.bytes, as: UTF8.self) == "x 1")
    }
}
