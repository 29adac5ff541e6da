import Testing

@testable import Wire

struct FieldNameTests {
    static let named = FieldName.allCases.filter { $0 != .other && $0 != .xForwarded }

    @Test(arguments: named)
    func `a name is recognised whatever its case`(name: FieldName) {
        let text = name.text.description
        #expect(!text.isEmpty)
        for spelling in [text, text.uppercased(), text.lowercased()] {
            #expect(FieldName(text: spelling) == name)
        }
    }

    @Test(arguments: named)
    func `a name that differs in one byte is another`(name: FieldName) {
        let text = Array(name.text.description.utf8)
        for position in text.indices {
            for byte in [text[position] ^ 0x01, 0x5F, 0x0D, 0x80 | text[position], text[position] & 0x1F] {
                var other = text
                other[position] = byte
                if other.elementsEqual(text, by: { $0.lowercased == $1.lowercased }) { continue }
                #expect(FieldName(bytes: other) != name)
            }
        }
        #expect(FieldName(bytes: text + [0x20]) == .other)
        #expect(FieldName(bytes: text.dropLast()) != name)
    }

    @Test func `spellings are told apart`() {
        #expect(Set(Self.named.map { $0.text.description.lowercased() }).count == Self.named.count)
    }

    @Test(arguments: ["X-Forwarded-For", "x-forwarded-proto", "X-FORWARDED-HOST", "x-forwarded-anything", "X-Forwarded-"])
    func `whatever begins with X-Forwarded- is one name`(text: String) {
        #expect(FieldName(text: text) == .xForwarded)
    }

    @Test(arguments: ["", "X", "X-Forwarded", "XX-Forwarded-For", "Hos", "Hostt", "Content_Length", "Content-Lengt\u{2C2}"])
    func `other names are other`(text: String) {
        #expect(FieldName(text: text) == .other)
    }

    @Test func `hop-by-hop fields are known`() {
        let names = FieldName.allCases.filter(\.isHopByHop)
        #expect(
            Set(names) == [
                .connection, .keepAlive, .proxyConnection, .te, .trailer, .transferEncoding, .upgrade, .proxyAuthenticate,
                .proxyAuthorization,
            ])
    }
}
