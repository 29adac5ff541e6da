import Testing
import Wire

@Suite struct ScannerGrammarTests {
    @Test(arguments: [
        ("{}", ["{", "}"]),
        (" [ ] ", ["[", "]"]),
        (#"{"a":1,"b":[true,false,null]}"#, ["{", "k:a", "n:1", "k:b", "[", "t", "f", "0", "]", "}"]),
        (#""x""#, ["s:x"]),
        ("-12.5e+3", ["n:-12.5e+3"]),
        (#"{"data":{"queryStatus":"cancelled"}}"#, ["{", "k:data", "{", "k:queryStatus", "s:cancelled", "}", "}"]),
        ("\u{FEFF}[1]", ["[", "n:1", "]"]),
    ])
    func `events come in the order of the text`(text: String, expected: [String]) throws {
        #expect(try events(text) == expected)
    }

    @Test(arguments: [
        "0", "-0", "10", "1.0", "1e5", "1E+5", "-1.5e-3", "\"\"", "\"\\u0000\"", "\"\\/\"", "true", "false", "null", "[]", "{}",
        "[[]]",
        "[1,2]", "{\"a\":{}}", "\t\r\n 1 \t\r\n", "\"\u{7F}\"", "\"\u{2028}\"", "[0,-0,0.0]", "{\"\":0}",
    ])
    func `what the grammar allows is accepted, as by Foundation`(text: String) {
        #expect(failure(text) == nil)
        #expect(foundation(Array(text.utf8)) != nil)
    }

    @Test(arguments: [
        ("", JSONError(.truncated, at: 0)), ("  ", JSONError(.truncated, at: 2)), ("[1,]", JSONError(.unexpectedByte, at: 3)),
        ("{,}", JSONError(.unexpectedByte, at: 1)), ("{\"a\"}", JSONError(.unexpectedByte, at: 4)),
        ("{\"a\":}", JSONError(.unexpectedByte, at: 5)), ("{\"a\":1,}", JSONError(.unexpectedByte, at: 7)),
        ("{a:1}", JSONError(.unexpectedByte, at: 1)), ("{'a':1}", JSONError(.unexpectedByte, at: 1)),
        ("[1 2]", JSONError(.unexpectedByte, at: 3)), ("[1}", JSONError(.unexpectedByte, at: 2)),
        ("{\"a\":1]", JSONError(.unexpectedByte, at: 6)), ("]", JSONError(.unexpectedByte, at: 0)),
        ("01", JSONError(.invalidNumber, at: 0)), ("-01", JSONError(.invalidNumber, at: 0)),
        ("1.x", JSONError(.invalidNumber, at: 2)),
        (".5", JSONError(.unexpectedByte, at: 0)), ("+1", JSONError(.unexpectedByte, at: 0)),
        ("-x", JSONError(.invalidNumber, at: 1)),
        ("1e+x", JSONError(.invalidNumber, at: 3)), ("0x10", JSONError(.trailingBytes, at: 1)),
        ("NaN", JSONError(.unexpectedByte, at: 0)),
        ("Infinity", JSONError(.unexpectedByte, at: 0)), ("trux", JSONError(.unexpectedByte, at: 3)),
        ("nulll", JSONError(.trailingBytes, at: 4)), ("1 2", JSONError(.trailingBytes, at: 2)),
        ("{}x", JSONError(.trailingBytes, at: 2)),
        ("\"\\x\"", JSONError(.invalidEscape, at: 2)), ("\"\\u12g4\"", JSONError(.invalidEscape, at: 5)),
        ("\"a\nb\"", JSONError(.controlCharacter, at: 2)), ("\"\u{0}\"", JSONError(.controlCharacter, at: 1)),
        ("// c\n1", JSONError(.unexpectedByte, at: 0)), ("<html>", JSONError(.unexpectedByte, at: 0)),
    ])
    func `what the grammar forbids is refused where it stands`(text: String, expected: JSONError) {
        #expect(failure(text) == expected)
        // Foundation forgives a trailing comma.
        #expect((foundation(Array(text.utf8)) == nil) != ["[1,]", "{\"a\":1,}"].contains(text))
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
            [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xC3, 0x28], [0xE2, 0x28, 0xA1], [0xF0, 0x28, 0x8C, 0xBC],
        ] as [[UInt8]])
    func `strings that are not UTF-8 are refused, as by Foundation`(content: [UInt8]) {
        let text = [0x22] + content + [0x22]
        #expect(failure(text) == JSONError(.invalidUTF8, at: 1))
        #expect(foundation(text) == nil)
    }

    @Test func `every character of Unicode may stand in a string`() {
        for scalar in Array(0x20...0xD7FF) + Array(0xE000...0x10FFFF) where scalar != 0x22 && scalar != 0x5C {
            guard scalar < 0x3000 || scalar % 97 == 0 || scalar & 0xFF > 0xFC else { continue }
            let text = "\"" + String(Unicode.Scalar(UInt32(scalar))!) + "\""
            if failure(text) != nil { Issue.record("U+\(String(scalar, radix: 16)) is refused") }
        }
    }

    @Test func `a special byte is found at every distance from the start of a word`() {
        for length in 0..<40 {
            let run = String(repeating: "x", count: length)
            #expect(failure("\"\(run)\"") == nil)
            #expect(failure("\"\(run)\u{1F}\"") == JSONError(.controlCharacter, at: length + 1))
            #expect(failure(Array("\"\(run)".utf8) + [0xFF, 0x22]) == JSONError(.invalidUTF8, at: length + 1))
            #expect(failure("\"\(run)\\q\"") == JSONError(.invalidEscape, at: length + 2))
        }
    }

    @Test func `64 open containers are allowed and 65 are not`() {
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(failure(deep) == nil)
        #expect(failure("[" + deep + "]") == JSONError(.tooDeep, at: 64))
        let objects = String(repeating: "{\"a\":", count: 64) + "1" + String(repeating: "}", count: 64)
        #expect(failure(objects) == nil)
    }

    @Test func `objects and arrays are told apart at every depth`() {
        #expect(failure("[{\"a\":[{\"b\":[]}]}]") == nil)
        #expect(failure("[{\"a\":[{\"b\":[}]}]}]") == JSONError(.unexpectedByte, at: 13))
        #expect(failure("[{\"a\":[{\"b\":[]]}]}]") == JSONError(.unexpectedByte, at: 14))
    }
}
