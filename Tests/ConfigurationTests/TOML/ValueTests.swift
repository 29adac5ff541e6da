import Foundation
import TOMLKit
import Testing

@testable import Configuration

@Suite struct ValueTests {
    @Test(arguments: [
        #"a = "x""#, #"a = "\b\t\n\f\r\"\\ é \u00e9 \U0001F600""#, #"a = 'C:\path\"'"#, "a = ''", #"a = """#,
        "a = \"\"\"\"\"\"\n",
        "a = \"\"\"\nx\n  y \\\n   z\"\"\"", "a = '''\n'quoted' ''text'''''", "a = \"\"\"\"\"two quotes\"\"\"\"\"",
        "a = '''x\\\ny'''",
        "a = \"\"\"\\\n   \n\n x\"\"\"", "a = \"\"\"a\\\\\nb\"\"\"", "a = 0", "a = -17", "a = +99", "a = 1_000_000",
        "a = 0xDEAD_beef",
        "a = 0o755", "a = 0b1101", "a = 9223372036854775807", "a = -9223372036854775808", "a = 1.5", "a = -0.25e-3",
        "a = 6.02E+23", "a = 1e6",
        "a = 9_224.5_1", "a = true", "a = false", "a = []", "a = [1, [2, 3], \"x\", {y = 1}]", "a = [ 1, 2, ]",
        "a = [\n1\n,\n# c\n2]", "a = {}",
        "a = { b = 1, c.d = 2, \"e f\" = [1] }", "a.b.c = 1\na.d = 2", "[a]\nb = 1\n[a.c]\nd = 2\n[e]",
        "[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3",
        "[a.b.c]\n[a]\nx = 1", "\"quoted key\" = 1\n'lit key' = 2\n\"\" = 3\n1234 = 4\nbare-key_1 = 5\n\"é\\u00e8\" = 6",
        "# only a comment", "",
        "a = 1 # c\r\nb = 2\r\n", "a = \"# no comment\" # comment", "  a   =   1  ", "true = 1\ninf = 2", "3.14 = \"pi\"",
    ])
    func `a value is read as TOMLKit reads it`(text: String) throws {
        let theirs =
            try JSONSerialization.jsonObject(
                with: Data(TOMLTable(string: text).convert(to: .json, options: .allowUnicodeStrings).utf8)) as? NSDictionary
        let ours = try plain(.table(try Document(text).root)) as? NSDictionary
        #expect(theirs != nil && ours == theirs, "\(text)")
    }

    @Test(arguments: [
        "1979-05-27T07:32:00Z", "1979-05-27 07:32:00.5", "1979-05-27", "07:32:00", "1979-05-27T00:32:00.999999-07:00",
    ])
    func `a date or time is one value`(text: String) throws {
        let root = try Document("a = \(text)\nb = [\(text), \(text)]").root
        guard case .dateTime? = root["a"]?.node.value, case .array(let array)? = root["b"]?.node.value else {
            Issue.record("no date: \(text)")
            return
        }
        #expect(array.elements.count == 2)
    }

    @Test func `infinity and not-a-number are floats`() throws {
        let root = try Document("a = inf\nb = -inf\nc = nan\nd = +inf").root
        let values = root.entries.map { entry -> Double? in if case .float(let number) = entry.node.value { number } else { nil }
        }
        #expect(values[0] == .infinity && values[1] == -.infinity && values[2]?.isNaN == true && values[3] == .infinity)
    }

    @Test func `keys keep the order of the file`() throws {
        #expect(try Document("z = 1\na = 2\nm = 3").root.entries.map(\.key) == ["z", "a", "m"])
    }

    private func plain(_ value: Node.Value) throws -> Any {
        switch value {
        case .string(let text): text as NSString
        case .integer(let number): number as NSNumber
        case .float(let number): number as NSNumber
        case .boolean(let flag): flag as NSNumber
        case .dateTime: NSNull()
        case .array(let array): try array.elements.map { try plain($0.value) } as NSArray
        case .table(let table):
            try Dictionary(uniqueKeysWithValues: table.entries.map { ($0.key, try plain($0.node.value)) }) as NSDictionary
        }
    }
}
