import Testing
import Wire

@Suite struct ValueTests {
    @Test func `members and elements are found by name and index`() throws {
        let value = try JSONValue(
            parsing: Array(#"{"reasons":[{"code":50000040,"message":"no"}],"success":false,"x":null}"#.utf8))
        #expect(value["reasons"]?[0]?["code"]?.int == 50_000_040)
        #expect(value["reasons"]?[0]?["message"]?.string == "no")
        #expect(value["reasons"]?[1] == nil)
        #expect(value["reasons"]?[-1] == nil)
        #expect(value["success"]?.bool == false)
        #expect(value["x"]?.isNull == true)
        #expect(value["absent"] == nil)
        #expect(value["success"]?["code"] == nil)
    }

    @Test func `a literal is written as it reads`() throws {
        let value: JSONValue = ["a": 1, "b": ["x", true, nil], "c": [:], "a": 2]
        #expect(String(decoding: value.serialized, as: UTF8.self) == #"{"a":1,"b":["x",true,null],"c":{}}"#)
        #expect(try JSONValue(parsing: value.serialized) == value)
    }

    @Test(arguments: 0..<100)
    func `a tree that is written reads back the same`(seed: Int) throws {
        var generator = DocumentGenerator(random: SplitMix64(seed: UInt64(seed) << 33))
        let value = try JSONValue(parsing: generator.document())
        #expect(try JSONValue(parsing: value.serialized) == value)
    }

    @Test(arguments: [(#"{"a":1,"a":1}"#, 8), (#"{"a":1,"b":{"c":1,"\u0063":2}}"#, 19)])
    func `two members of the same name are reported`(text: String, offset: Int) {
        #expect(throws: JSONError(.duplicateKey, at: offset)) { try JSONValue(parsing: Array(text.utf8)) }
    }

    /// RFC 8259 section 8.3: names are compared by code unit, not by what they look like.
    @Test func `names that only look the same are no duplicates`() throws {
        let value = try JSONValue(parsing: Array("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8))
        #expect(value.object?.map(\.value) == [1, 2])
    }

    @Test func `the same name in different objects is no duplicate`() throws {
        #expect(try JSONValue(parsing: Array(#"[{"a":1},{"a":{"a":1}}]"#.utf8)).array?.count == 2)
    }

    @Test func `a text beyond its limits is refused`() {
        let text = Array("[1,2,3]".utf8)
        #expect(throws: JSONError(.tooLarge, at: 6)) { try JSONValue(parsing: text, limits: .init(bytes: 6)) }
        #expect(throws: JSONError(.tooLarge, at: 6)) { try JSONValue(parsing: text, limits: .init(values: 3)) }
        #expect(throws: Never.self) { try JSONValue(parsing: text, limits: .init(bytes: 7, values: 4)) }
    }

    @Test func `a number keeps its digits`() throws {
        let value = try JSONValue(parsing: Array("12345678901234567890.10".utf8))
        #expect(value.number?.text == "12345678901234567890.10")
        #expect(value.int == nil)
        #expect(value.double == 12345678901234567890.1)
        #expect(JSONNumber(1.5)?.text == "1.5")
        #expect(JSONNumber(.nan) == nil)
    }
}
