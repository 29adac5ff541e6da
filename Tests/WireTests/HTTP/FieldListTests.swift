import Testing

@testable import Wire

struct FieldListTests {
    private func elements(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        var elements: [String] = []
        var list = FieldList(bytes.span)
        while let element = list.next() { elements.append(String(decoding: bytes[element], as: UTF8.self)) }
        return elements
    }

    @Test(
        arguments: [
            ("", []), ("a", ["a"]), ("a,b", ["a", "b"]), (" a , b\t", ["a", "b"]), (",", []), (", ,a,,b,", ["a", "b"]), (" ", []),
            ("gzip;q=0.5, *;q=0", ["gzip;q=0.5", "*;q=0"]), ("a b,c", ["a b", "c"]),
            ("\"a,b\",c", ["\"a,b\"", "c"]), ("x=\"a\\\",b\",c", ["x=\"a\\\",b\"", "c"]), ("\"a,b", ["\"a,b"]),
            ("\"a\\", ["\"a\\"]),
            ("a\\,b", ["a\\", "b"]),
        ] as [(String, [String])])
    func `elements are what stands between commas`(text: String, expected: [String]) {
        #expect(elements(text) == expected)
    }

    @Test func `an element is found whatever its case`() {
        #expect(Array("gzip, Close ,x".utf8).listContains("close"))
        #expect(!Array("closed, x-close, \"close\"".utf8).listContains("close"))
        #expect(!Array("".utf8).listContains("close"))
    }

    @Test(arguments: [("close", true), ("CLOSE", true), ("clos", false), ("closed", false), ("", false), ("clo\u{5C}e", false)])
    func `spans equal a literal whatever the case of their letters`(text: String, equals: Bool) {
        #expect(Array(text.utf8).equals(ignoringCase: "close") == equals)
    }

    @Test func `only letters are compared without their case`() {
        #expect(!([0x4B, 0x0D] as [UInt8]).equals(ignoringCase: "k-"))
        #expect(!([0x5B] as [UInt8]).equals(ignoringCase: "{"))
        #expect(!([0x40] as [UInt8]).equals(ignoringCase: "`"))
        #expect(!Array("GET".utf8).equals("get"))
        #expect(Array("GET".utf8).equals("GET"))
    }
}
