import Testing
import Wire

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

    @Test func `nesting after a syntax error is not checked`() throws {
        let deep = String(repeating: "a.", count: 1_000_000) + "b"
        #expect(try #require(refusal("x = \ny.\(deep) = 1")).position.line == 1)
        #expect(try #require(refusal("x = !\(deep)")).position.line == 1)
        #expect(try #require(refusal("x = 1\nx = 2, \(deep) = 1")).position.line == 2)
        #expect(try #require(refusal("x = 1979-99-99\ny.\(deep) = 1")).position.line == 1)
    }

    @Test func `64 levels are fine`() {
        #expect(refusal("a = " + String(repeating: "[", count: 63) + String(repeating: "]", count: 63)) == nil)
    }

    @Test(arguments: ["a = 1\nb = \"x\u{0}\"\nc = 3", "a = 1\n# x\u{0}\nc = 3", "a = 1\nb = 'x\u{0}'\nc = 3"])
    func `a NUL byte does not hide the rest of the file`(text: String) throws {
        let problem = try #require(refusal(text))
        #expect(problem.position.line == 2 && problem.message == "a NUL byte")
    }

    @Test(arguments: [#"a = "x\u0000y""#, #"a = "x\U00000000y""#, "a = 1\n\"k\\u0000\" = 1"])
    func `an escaped NUL is refused`(text: String) throws {
        #expect(try #require(refusal(text)).message.contains("a NUL in a "))
    }

    @Test func `an escaped NUL is refused where it is`() throws {
        let problem = try #require(refusal("[a]\nb = { c = [\n1, \"\\u0000\"] }"))
        #expect(problem.position == Position(line: 3, column: 4))
    }

    @Test(arguments: [
        // Keys.
        ("a = 1\nb = 2\na = 3", "3:1: duplicate key \"a\", first on line 1 (remove one of them)"),
        ("a = {b = 1, b = 2}", "1:13: duplicate key \"b\", first on line 1 (remove one of them)"),
        ("a = 1\n= 2", "2:1: expected a key, found \"=\""),
        ("[.a]", "1:2: expected a key, found \".\""),
        ("[]", "1:2: expected a key, found \"]\""),
        ("[{a}]", "1:2: expected a key, found \"{\""),
        ("é = 1", "1:1: expected a key, found \"é\" (quote keys with other characters than A-Z a-z 0-9 _ -)"),
        ("a\n", "1:2: expected \"=\" after a key, found the end of the line"),
        ("a", "1:2: expected \"=\" after a key, found the end of the file"),
        ("\"é\" b", "1:5: expected \"=\" after a key, found \"b\""),
        ("a = 1 b = 2", "1:7: expected the end of the line, found \"b\""),
        ("a = # c", "1:5: expected a value, found a comment"),
        // Tables.
        ("[a]\nb = 1\n[a]\n", "3:2: the table \"a\" is already defined on line 1 (use one header for all its keys)"),
        ("a.b = 1\n[a]\nc = 2", "2:2: the table \"a\" is already defined on line 1 (use one header for all its keys)"),
        ("[a.b]\n[a]\nb.c = 1", "3:1: the table \"b\" is already defined on line 1 (put its keys there)"),
        ("[[a]]\n[a]", "2:2: \"a\" is an array of tables, first on line 1 ([[…]] adds a table to it)"),
        ("[[a.b]]\n[a]\nb.c = 1", "3:1: \"b\" is an array of tables, first on line 1 (a dotted key cannot add to it)"),
        ("[a]\n[[a]]", "2:3: \"a\" is a table, on line 1 ([…] for one table)"),
        ("a = {b = 1}\na.c = 2", "2:1: \"a\" is a table on line 1, not a table to add to"),
        ("a = 1\n[a.b]", "2:2: \"a\" is an integer on line 1, not a table to add to"),
        ("a = []\n[[a]]", "2:3: \"a\" is an array on line 1, not a table to add to"),
        ("[a", "1:3: expected \"]\" after the table's name, found the end of the file"),
        ("[[a]\n", "1:5: expected a second \"]\" after the table's name, found the end of the line"),
        // Strings.
        ("a = \"x\nb = 1", "1:5: unterminated string (it ends with \" on the same line)"),
        ("\na = '''x\n\n", "2:5: unterminated multi-line string (it ends with ''')"),
        ("a = \"\\q\"", "1:6: unknown escape (\\\\ is a backslash; '…' has no escapes)"),
        ("a = \"\\uD800\"", "1:6: the escape is not a Unicode scalar value"),
        ("a = \"\\u12\"", "1:6: \\u needs 4 hexadecimal digits"),
        ("a = \"\u{1}\"", "1:6: a control character (\"\\u0001\" in a string)"),
        ("# \u{7F}", "1:3: a control character (\"\\u007F\" in a string)"),
        ("a = 1\r", "1:6: expected the end of the line, found a carriage return without a line feed"),
        ("a = 'x\ry'", "1:7: a carriage return without a line feed (lines end with LF or CRLF)"),
        // Scalars.
        ("a = 1\nb = nope", "2:5: not a value (put text in quotes)"),
        ("a = True", "1:5: not a value (write true in lower case)"),
        (
            "a = 9223372036854775808",
            "1:5: the integer does not fit in 64 bits (-9223372036854775808 to 9223372036854775807)"
        ),
        ("a = 01", "1:5: malformed number (remove the leading zeros)"),
        ("a = 1__0", "1:5: malformed number (an underscore must be between two digits)"),
        ("a = 0xfg", "1:5: malformed number (invalid digits after 0x, 0o or 0b)"),
        ("a = 10s", "1:5: malformed number (put text in quotes)"),
        ("a = 1979-13-45", "1:5: not a valid date or time (such as 1979-05-27T07:32:00Z, 1979-05-27 or 07:32:00)"),
        // Arrays and tables in braces.
        ("a = [1, 2", "1:5: unterminated array (it ends with \"]\")"),
        ("a = [1 2]", "1:8: expected \",\" or \"]\" in an array, found \"2\""),
        ("a = {b = 1,}", "1:12: a comma before \"}\" (no comma after the last key)"),
        (
            "a = {b = 1,\n c = 2}",
            "1:12: expected a key, found the end of the line (a table in braces must be on one line; use a [header] for more)"
        ),
        (
            "a = {b = 1\n}",
            "1:11: expected \",\" or \"}\", found the end of the line (a table in braces must be on one line; use a [header] for more)"
        ),
        (
            "a = {\n b = 1}",
            "1:6: expected a key, found the end of the line (a table in braces must be on one line; use a [header] for more)"
        ),
        ("a = { # b\n}", "1:7: expected a key, found a comment (a table in braces must be on one line; use a [header] for more)"),
        // Text.
        ("\u{FEFF}a = 1", "1:1: a byte order mark (save the file as UTF-8 without a byte order mark)"),
    ])
    func `what is not TOML is refused with its place, and what would be right`(text: String, expected: String) throws {
        let problem = try #require(refusal(text), "\(text)")
        let found = "\(problem.position.line):\(problem.position.column): \(problem.message)"
        #expect(found + (problem.hint.map { " (\($0))" } ?? "") == expected, "\(text)")
    }

    @Test func `what is not UTF-8 is refused where it begins`() throws {
        func refusal(_ bytes: [UInt8]) -> SyntaxError? {
            do throws(SyntaxError) {
                _ = try Document(bytes)
                return nil
            } catch { return error }
        }
        let latin1 = try #require(refusal(Array("a = 1\n# é caf".utf8) + [0xE9, 0x0A]))
        #expect(latin1.position == Position(line: 2, column: 8) && latin1.message == "not UTF-8" && latin1.hint == nil)
        #expect(try #require(refusal([0xFF, 0xFE, 0x61, 0x00])).hint == "this is UTF-16; save the file as UTF-8")
    }

    @Test func `no text crashes the reader`() {
        var random = SplitMix64(seed: 7)
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
        var random = SplitMix64(seed: 11)
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
