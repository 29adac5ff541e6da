import Testing
import Wire

@Suite struct ScannerTextTests {
    private func string(_ text: String, limit: Int = .max) throws -> String? {
        let bytes = Array(text.utf8)
        var scanner = JSONScanner(bytes.span)
        guard case .string(let slice) = try scanner.next() else { return nil }
        return scanner.text(slice, limit: limit)
    }

    @Test(arguments: [
        (#""plain""#, "plain"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u00E9""#, "éé"),
        (#""\ud83d\ude00""#, "😀"),
        (#""\u0000""#, "\0"), (#""a\u0041b""#, "aAb"),
        // Half a pair.
        (#""\ud83d""#, "\u{FFFD}"), (#""\ude00x""#, "\u{FFFD}x"), (#""\ud83dA""#, "\u{FFFD}A"),
        (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ud83d\n""#, "\u{FFFD}\n"),
    ])
    func `escapes are resolved`(text: String, expected: String) throws {
        #expect(try string(text) == expected)
    }

    @Test(arguments: [(0, ""), (1, "a"), (2, "a"), (3, "aé"), (5, "aé"), (6, "aé"), (7, "aé😀"), (8, "aé😀b"), (99, "aé😀b")])
    func `a long string is cut between characters`(limit: Int, expected: String) throws {
        #expect(try string("\"aé😀b\"", limit: limit) == expected)
    }

    @Test func `a string is compared with its escapes resolved`() throws {
        let cases: [(String, Bool)] = [
            (#""errorCode""#, true), (#""error\u0043ode""#, true), (#""errorCod""#, false), (#""errorCodes""#, false),
            (#""errorcode""#, false), (#""""#, false), (#""\u0065""#, false),
        ]
        for (text, expected) in cases {
            let bytes = Array(text.utf8)
            var scanner = JSONScanner(bytes.span)
            guard case .string(let slice) = try scanner.next() else { continue }
            let isMatch = scanner.matches(slice, "errorCode")
            #expect(isMatch == expected, "\(text)")
            #expect(slice.hasEscapes == text.contains("\\"))
        }
    }

    @Test(
        arguments: [
            ("0", 0, 0.0), ("-0", 0, -0.0), ("90003", 90003, 90003), ("9223372036854775807", .max, 9.223372036854775807e18),
            ("-9223372036854775808", .min, -9.223372036854775808e18), ("9223372036854775808", nil, 9.223372036854775808e18),
            ("1.0", nil, 1),
            ("1e2", nil, 100), ("1e999", nil, nil), ("-2.5", nil, -2.5),
        ] as [(String, Int?, Double?)])
    func `numbers are exact or nothing`(text: String, int: Int?, double: Double?) throws {
        let bytes = Array(text.utf8)
        var scanner = JSONScanner(bytes.span)
        guard case .number(let range) = try scanner.next() else {
            Issue.record("no number")
            return
        }
        let (readInt, readDouble) = (scanner.int(range), scanner.double(range))
        #expect(readInt == int)
        #expect(readDouble == double)
    }

    @Test func `a value is skipped whole, and a container to its end`() throws {
        let bytes = Array(#"{"a":{"x":[1,{"y":2}]},"b":[1,2,3],"c":3}"#.utf8)
        var scanner = JSONScanner(bytes.span)
        var seen: [String] = []
        _ = try scanner.next()
        _ = try scanner.next()
        try scanner.skipValue()
        if case .key(let slice) = try scanner.next() { seen.append(scanner.text(slice)) }
        _ = try scanner.next()
        _ = try scanner.next()
        try scanner.skipRest()
        if case .key(let slice) = try scanner.next() { seen.append(scanner.text(slice)) }
        try scanner.skipValue()
        let last = [try scanner.next(), try scanner.next()]
        #expect(seen == ["b", "c"])
        #expect(last == [.endObject, nil])
    }
}
