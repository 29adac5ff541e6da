import Testing

@testable import Configuration

@Suite struct HostileTextTests {
    func refusal(_ text: String) -> SyntaxError? {
        do throws(SyntaxError) {
            _ = try Document(text)
            return nil
        } catch { return error }
    }

    @Test(arguments: [
        "a = " + String(repeating: "[", count: 100_000),
        "a = " + String(repeating: "{a=", count: 100_000),
        "a" + String(repeating: ".a", count: 1_000_000) + " = 1",
        "[a" + String(repeating: ".a", count: 1_000_000) + "]",
        "[[a" + String(repeating: ".a", count: 1_000_000) + "]]",
        "a = {b" + String(repeating: ".a", count: 1_000_000) + " = 1}",
        "a = " + String(repeating: "[", count: 65) + String(repeating: "]", count: 65),
        "[" + Array(repeating: "a", count: 40).joined(separator: ".") + "]\n"
            + Array(repeating: "b", count: 40).joined(separator: ".") + " = 1",
    ])
    func `depth is refused before anything recurses`(text: String) throws {
        let problem = try #require(refusal(text))
        #expect(problem.message == "nested deeper than 64 levels")
    }

    @Test func `depth behind a syntax error is not looked at`() throws {
        let deep = String(repeating: "a.", count: 1_000_000) + "b"
        #expect(try #require(refusal("x = \ny.\(deep) = 1")).line == 1)
        #expect(try #require(refusal("x = !\(deep)")).line == 1)
        #expect(try #require(refusal("x = 1\nx = 2, \(deep) = 1")).line == 2)
        #expect(try #require(refusal("x = 1979-99-99\ny.\(deep) = 1")).line == 2)
    }

    @Test func `64 levels are fine`() {
        #expect(refusal("a = " + String(repeating: "[", count: 63) + String(repeating: "]", count: 63)) == nil)
    }

    @Test func `a NUL byte does not hide the rest of the file`() throws {
        let problem = try #require(refusal("a = 1\nb = \"x\u{0}\"\nc = 3"))
        #expect(problem.line == 2 && problem.message.contains("NUL"))
    }

    @Test(arguments: [#"a = "x\u0000y""#, #"a = "x\U00000000y""#, "a = 1\n\"k\\u0000\" = 1"])
    func `an escaped NUL is refused`(text: String) throws {
        #expect(try #require(refusal(text)).message.contains("NUL"))
    }

    @Test(arguments: [
        ("a = 1\nb = 2\na = 3", 3, "\"a\" is set twice: it is on line 1 already"),
        ("a = [1, 2", 1, "an array without its closing"),
        ("[a]\nb = 1\n[a]\n", 3, "cannot redefine"), ("a = \"x\nb = 1", 1, "without its closing \""),
        ("a = 1\nb = nope", 2, "not a value"),
        ("a = 1\n= 2", 2, "expected a key, found \"=\""), ("a = 1 b = 2", 1, "expected the end of the line, found \"b\""),
        ("a = 9223372036854775808", 1, "not a value"), ("a = 1e99999", 1, "not a value"), ("a = \"\\q\"", 1, "unknown escape"),
        ("a = \"\\uD800\"", 1, "no Unicode scalar"), ("a = \"\\u12\"", 1, "4 hexadecimal digits"), ("a = 01", 1, "not a value"),
        ("a = 1__0", 1, "not a value"), ("a = _1", 1, "not a value"), ("a = 1.", 1, "not a value"), ("a = .5", 1, "not a value"),
        ("a = 1.e5", 1, "not a value"), ("a = 0x+1", 1, "not a value"), ("a = -0x1", 1, "not a value"),
        ("a = 1979-13-45", 1, "month"),
        ("[a", 1, "expected \"]\""), ("[]", 1, "expected a key"), ("[[a]\n", 1, "a second \"]\""),
        ("[[a]]\n[a]", 2, "cannot redefine"),
        ("a\n", 1, "expected \"=\" after a key, found the end of the line"), ("a", 1, "the end of the file"),
        ("a = # c", 1, "found a comment"),
        ("a = {b = 1, b = 2}", 1, "set twice"), ("\na = '''x\n\n", 2, "without its closing quotes"),
        ("a = \"\u{1}\"", 1, "a control character"),
        ("# \u{7F}", 1, "a control character"), ("a = {b = 1}\na.c = 2", 2, "cannot redefine"),
        ("a = 1\n[a.b]", 2, "is no table: it is an integer on line 1"), ("a = []\n[[a]]", 2, "is no array of tables"),
        ("é = 1", 1, "expected a key, found \"é\""), ("a = {b = 1,}", 1, "expected a key, found \"}\""),
        ("a = {b = 1,\n c = 2}", 1, "expected a key"), ("[.a]", 1, "expected a key, found \".\""),
        ("[{a}]", 1, "expected a key, found \"{\""),
        ("a = 1\r", 1, "the end of the line"), ("a.b = 1\n[a]\nc = 2", 2, "cannot redefine"),
        ("[a.b]\n[a]\nb.c = 1", 3, "cannot redefine"),
        ("a = " + String(repeating: "9", count: 1000), 1, "not a value"),
    ])
    func `what is not TOML is refused at its line`(text: String, line: Int, words: String) throws {
        let problem = try #require(refusal(text), "\(text)")
        #expect(problem.line == line && problem.message.contains(words), "\(text): \(problem)")
    }

    @Test func `no text crashes the reader`() {
        var random = SplitMix(state: 7)
        let pieces = [
            "[", "]", "{", "}", "=", ".", ",", "\"", "'", "\"\"\"", "'''", "\\", "#", "\n", "\r\n", " ", "a", "b", "tenants", "1",
            "-", "_", "true",
            "1979-05-27", "\\u00e9", "é", "\u{7F}", "\u{1F600}", "0x", "inf", "\t", ":",
        ]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 1...24, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
                .joined()
            _ = refusal(text)
        }
    }

    @Test func `a good file with some bytes changed crashes nothing`() {
        var random = SplitMix(state: 11)
        let lines = [
            "[a]", "[b.c]", "[[r]]", "[[b.s]]", "k1 = \"x\\n\\u00e9\"", "k2.x = 'y'", "k3 = [1, 2.5, {z = true}]",
            "k4 = { a = 1, b.c = \"d\" }",
            "k5 = 1979-05-27T07:32:00Z", "k6 = \"\"\"a\n b\\\n  c\"\"\"", "k7 = '''\n'q' '''", "k8 = -0.5e+3", "k9 = 0xff_ff",
            "# comment", "",
            "k10 = [\n1, # x\n2,\n]",
        ]
        var accepted = 0
        for _ in 0..<10_000 {
            var text = Array(
                lines.shuffled(using: &random).prefix(Int.random(in: 1...8, using: &random)).joined(separator: "\n").utf8)
            for _ in 0..<Int.random(in: 0...2, using: &random) where !text.isEmpty {
                let at = text.indices.randomElement(using: &random) ?? 0
                if Bool.random(using: &random) {
                    text[at] = lines.joined().utf8.randomElement(using: &random) ?? 0x5B
                } else {
                    text.remove(at: at)
                }
            }
            if refusal(String(decoding: text, as: UTF8.self)) == nil { accepted += 1 }
        }
        #expect(accepted > 2000 && accepted < 9000)
    }

    @Test func `a cut file crashes nothing at any offset`() {
        let text = "[a]\nb = \"\"\"x\\\n y\\u00e9\"\"\" # c\n[[r]]\nn.'m' = [1, {x = 0x1f}, 'l']\nd = 1979-05-27 07:32:00Z\n"
        for count in 0...text.utf8.count { _ = refusal(String(decoding: text.utf8.prefix(count), as: UTF8.self)) }
    }
}

/// A small seeded generator (Steele, Lea and Flood: "Fast splittable pseudorandom number generators").
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
