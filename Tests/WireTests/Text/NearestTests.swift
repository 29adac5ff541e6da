import Testing
import Wire

@Suite struct NearestTests {
    @Test(arguments: [
        ("entites", ["entity", "entities", "orgs"], "entities"), ("lisen", ["listen", "limits"], "listen"),
        ("Drain", ["drain"], "drain"),
        ("timeuot", ["timeout", "token"], "timeout"), ("xyz", ["admin", "tls"], nil), ("tl", ["tls"], "tls"),
        ("clientid", ["client_id", "client_key"], "client_id"),
        ("", ["a"], nil), ("abc", [], nil), (String(repeating: "x", count: 100), [String(repeating: "x", count: 100)], nil),
    ])
    func `the nearest name is suggested if it is near`(written: String, known: [String], expected: String?) {
        #expect(nearest(to: written, among: known) == expected)
    }

    @Test func `a swap of neighbours is one mistake`() {
        #expect(alignmentDistance(Array("timeout".utf8), Array("timeuot".utf8)) == 1)
        #expect(alignmentDistance(Array("abc".utf8), []) == 3)
        #expect(alignmentDistance([], Array("ab".utf8)) == 2)
        #expect(alignmentDistance(Array("kitten".utf8), Array("sitting".utf8)) == 3)
    }

    @Test func `of two names that are as near, a hint has the one that sorts first`() {
        #expect(nearest(to: "aqua.cale", among: ["aqua.last", "aqua.file"]) == "aqua.file")
        #expect(nearest(to: "aqua.cale", among: ["aqua.file", "aqua.last"]) == "aqua.file")
        #expect(nearest(to: "cat", among: ["cart", "ca", "bat"]) == "bat")
        #expect(nearest(to: "cat", among: ["dog"]) == nil)
    }
}
