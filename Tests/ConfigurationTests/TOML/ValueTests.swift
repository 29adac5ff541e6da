import Foundation
import Testing

@testable import Configuration

/// What texts are read as, in JSON's terms. Tests/Conformance/toml has every rule.
@Suite struct ValueTests {
    @Test(arguments: [
        // Strings.
        (#"a = "\b\t\n\f\r\"\\ é \u00e9 \U0001F600""#, #"{"a": "\b\t\n\f\r\"\\ é é 😀"}"#),
        (#"a = 'C:\path\"'"#, #"{"a": "C:\\path\\\""}"#), (#"a = """#, #"{"a": ""}"#),
        ("a = \"\"\"\nx\n  y \\\n   z\"\"\"", #"{"a": "x\n  y z"}"#), ("a = '''\n'q' ''t'''''", #"{"a": "'q' ''t''"}"#),
        ("a = \"\"\"\"\"two\"\"\"\"\"", #"{"a": "\"\"two\"\""}"#), ("a = \"\"\"x\r\ny\"\"\"", #"{"a": "x\ny"}"#),
        ("a = '''\r\nx\\\r\ny'''", #"{"a": "x\\\ny"}"#), ("a = \"\"\"\\\n   \n\n x\"\"\"", #"{"a": "x"}"#),
        ("a = \"# none\" # comment", ##"{"a": "# none"}"##),
        // Numbers.
        ("a = [0, -17, +99, 1_000, 0xDEAD_beef, 0o755, 0b1101]", #"{"a": [0, -17, 99, 1000, 3735928559, 493, 13]}"#),
        ("a = [9223372036854775807, -9223372036854775808]", #"{"a": [9223372036854775807, -9223372036854775808]}"#),
        ("a = [1.5, -0.25e-3, 6.02E+23, 9_224.5_1]", #"{"a": [1.5, -0.25e-3, 6.02e23, 9224.51]}"#),
        ("a = [true, false]", #"{"a": [true, false]}"#),
        // Arrays and tables.
        ("a = [1, [2, 3], \"x\", {y = 1},]", #"{"a": [1, [2, 3], "x", {"y": 1}]}"#), ("a = [\n1\n,\n# c\n2]", #"{"a": [1, 2]}"#),
        ("a = { b = 1, c.d = 2, \"e f\" = [] }", #"{"a": {"b": 1, "c": {"d": 2}, "e f": []}}"#),
        ("a.b.c = 1\na.d = 2", #"{"a": {"b": {"c": 1}, "d": 2}}"#),
        ("[a]\nb = 1\n[a.c]\nd = 2\n[e]", #"{"a": {"b": 1, "c": {"d": 2}}, "e": {}}"#),
        ("[a.b.c]\n[a]\nx = 1", #"{"a": {"b": {"c": {}}, "x": 1}}"#),
        ("[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3", #"{"a": [{"b": 1}, {"b": 2, "c": {"d": 3}}]}"#),
        ("\"q k\" = 1\n'l' = 2\n\"\" = 3\n12 = 4\nb-k_1 = 5", #"{"q k": 1, "l": 2, "": 3, "12": 4, "b-k_1": 5}"#),
        ("3.14 = 1", #"{"3": {"14": 1}}"#), ("", "{}"), ("# only a comment", "{}"),
        ("  a   =   1 # c\r\nb = 2\r\n", #"{"a": 1, "b": 2}"#),
    ])
    func `a text is read as what it says`(text: String, json: String) throws {
        let expected = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? NSDictionary
        let found = plain(.table(try Document(text).root)) as? NSDictionary
        #expect(expected != nil && found == expected, "\(text)")
    }

    @Test(arguments: [
        ("1979-05-27T07:32:00Z", [1979, 5, 27, 7, 32, 0, 0, 0]), ("1979-05-27 07:32:00.5", [1979, 5, 27, 7, 32, 0, 500_000]),
        ("1979-05-27", [1979, 5, 27]), ("07:32:01", [7, 32, 1, 0]),
        ("1979-05-27T00:32:00.9999999-07:30", [1979, 5, 27, 0, 32, 0, 999_999, -450]),
    ])
    func `a date or time has its parts`(text: String, parts: [Int]) throws {
        let root = try Document("a = \(text)\nb = [\(text), \(text)]").root
        guard case .dateTime(let value)? = root["a"]?.node.value, case .array(let elements)? = root["b"]?.node.value else {
            Issue.record("no date: \(text)")
            return
        }
        let date = value.date.map { [$0.year, $0.month, $0.day] } ?? []
        let time = value.time.map { [$0.hour, $0.minute, $0.second, $0.microsecond] } ?? []
        #expect(date + time + [value.offset].compactMap(\.self) == parts)
        #expect(elements.count == 2)
    }

    @Test func `infinity and not-a-number are floats, and so is what is too large`() throws {
        let root = try Document("a = inf\nb = -inf\nc = nan\nd = +inf\ne = -1e400").root
        let values = root.entries.map { entry -> Double? in if case .float(let number) = entry.node.value { number } else { nil }
        }
        #expect(values[0] == .infinity && values[1] == -.infinity && values[2]?.isNaN == true && values[3] == .infinity)
        #expect(values[4] == -.infinity)
    }

    @Test func `keys that differ in their scalars are two, though Unicode calls them equivalent`() throws {
        let root = try Document("\"\\u00e9\" = 1\n\"e\\u0301\" = 2\nK = 3\n\"\\u212a\" = 4").root
        #expect(root.entries.count == 4)
        guard case .integer(4)? = root["\u{212A}"]?.node.value else {
            Issue.record("the Kelvin sign is taken for a letter")
            return
        }
    }

    @Test func `keys keep the order of the file`() throws {
        #expect(try Document("z = 1\na = 2\nm = 3").root.entries.map(\.key) == ["z", "a", "m"])
    }

    private func plain(_ value: Node.Value) -> Any {
        switch value {
        case .string(let text): text as NSString
        case .integer(let number): number as NSNumber
        case .float(let number): number as NSNumber
        case .boolean(let flag): flag as NSNumber
        case .dateTime: NSNull()
        case .array(let elements): elements.map { plain($0.value) } as NSArray
        case .table(let table):
            Dictionary(uniqueKeysWithValues: table.entries.map { ($0.key, plain($0.node.value)) }) as NSDictionary
        }
    }
}
