import Testing

@testable import Configuration

@Suite struct LineTests {
    func line(_ path: TOMLPath, _ text: String) throws -> Int? { path.line(in: try Document(text).root) }

    @Test func `a key in a table has its own line`() throws {
        #expect(try line(["a", "b"], "\n[a]\n# c\nb = 1") == 4)
    }

    @Test(arguments: [
        ("a.b.c = 1", 1), ("\n a . b . c = 1", 2), ("\n\"a\".'b'.c = 1", 2), ("a.b = {\"c\" = 1}", 1), ("[a]\nb.c = 1", 2),
        ("[a.b]\n\n\tc = 1", 3), ("[ a . \"b\" ]\nc=1", 2), ("\"\\u0061\".b.c = 1", 1), ("a.b = { x = 1, c = 2 }", 1),
        ("[a]\n[a.b]\n[a.b.d]\nc = 9\n[x]\n[a.b.e]\n", 2), ("a.b.x = 1\na.b.c = 2", 2),
        ("s = \"# [a.b]\"\nt = '''\n[a.b]\nc = 1\n'''\n[a.b]\nc = 3", 7),
        ("s = \"\"\"\n\\\"\"\"\nc = 1\"\"\"\n[a.b]\nc = 3", 5),
        ("s = \"\"\"x\\\n\n   y\"\"\" # \"\"\"\na.b.c = 3", 4), ("v = [\n 1, # ]\n [2],\n]\na.b.c = 3", 5),
        ("\r\na.b.c = 1\r\n", 2), ("q = '\"'\n\n\na.b.c = 4", 4), ("s = \"é\\\\\"\na.b.c = 2", 2),
    ])
    func `a key has its line however it is laid out`(text: String, expected: Int) throws {
        #expect(try line(["a", "b", "c"], text) == expected, "\(text)")
    }

    @Test func `an element of an array over several lines has its own line`() throws {
        let text = "[gateway]\nlisten = [\n  \"a\", # one\n\n  { address = \"b\",\n  tenant = \"c\" },\n  [\"d\"],\n]"
        // An inline table over two lines is no TOML 1.0.
        #expect(throws: SyntaxError.self) { try line(["gateway"], text) }
        let valid = text.replacing(",\n  tenant", with: ", tenant")
        #expect(try line(["gateway", "listen"] + 0, valid) == 3)
        #expect(try line(["gateway", "listen"] + 1, valid) == 5)
        #expect(try line(["gateway", "listen"] + 1 + "tenant", valid) == 5)
        #expect(try line(["gateway", "listen"] + 2 + 0, valid) == 6)
    }

    @Test func `each table of an array of tables has its own lines`() throws {
        let text = "[[r]]\nn = 1\n[[r]]\n\nn = 2\n[r.sub]\nx = 1\n[[r.deep]]\ny = 1\n[[r]]\n"
        #expect(try line(["r"] + 0 + "n", text) == 2)
        #expect(try line(["r"] + 1, text) == 3)
        #expect(try line(["r"] + 1 + "n", text) == 5)
        #expect(try line(["r"] + 1 + "sub" + "x", text) == 7)
        #expect(try line(["r"] + 1 + "deep" + 0 + "y", text) == 9)
        #expect(try line(["r"] + 2, text) == 10)
    }

    @Test func `what is not there has the line of what is around it`() throws {
        #expect(try line(["a", "x", "y"], "\n[a]\nb = 1") == 2)
        #expect(try line(["x"], "\n[a]\nb = 1") == nil)
        #expect(try line(["a", "b"] + 3, "\n[a]\nb = [1]") == 3)
        #expect(try line(["a", "b", "c"], "\n[a]\nb = 1") == 3)
    }

    @Test func `a path is written as TOML takes it`() {
        #expect("\(["tenants", "a.b", "x-1_"] as TOMLPath)" == "tenants.\"a.b\".x-1_")
        #expect("\((["gateway", "listen"] as TOMLPath) + 2 + "mode")" == "gateway.listen[2].mode")
        #expect("\(["", "a\nb\"", "é"] as TOMLPath)" == "\"\".\"a\\u{A}b\\\"\".\"é\"")
    }
}
