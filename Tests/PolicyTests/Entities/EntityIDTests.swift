import Testing

@testable import Policy

@Suite struct EntityIDTests {
    @Test func `every spelling of an id is the same id`() throws {
        let spellings = [Sample.emea, Sample.hex(Sample.emea), Sample.emea.uppercased(), Sample.hex(Sample.emea).uppercased()]
        #expect(Set(spellings.compactMap { EntityID($0) }).count == 1)
        let id = try #require(EntityID(Sample.emea.uppercased()))
        #expect(id.hyphenated == Sample.emea)
        #expect(id.hex == Sample.hex(Sample.emea))
    }

    @Test(arguments: [
        "", "8a80", Sample.emea + "0", String(Sample.emea.dropLast()), Sample.hex(Sample.emea) + "0", "{\(Sample.emea)}",
        Sample.emea.replacing("8", with: "g"), "8a8082e65-b2c-4a31-9f11-0123456789ab", "8a8082e6--5b2c4a31-9f11-0123456789ab",
    ])
    func `anything else is no id`(_ text: String) {
        #expect(EntityID(text) == nil)
    }

    @Test func `a scope lists each entity once, in order`() {
        let scope = TokenScope("entity.\(Sample.amer)  ENTITY.\(Sample.emea) entity.\(Sample.hex(Sample.amer))")
        #expect(scope.entities.map(\.hyphenated) == [Sample.amer, Sample.emea])
        #expect(EntityID(Sample.emea).flatMap(scope.spelling) != nil)
        #expect(EntityID(Sample.other).flatMap(scope.spelling) == nil)
    }
}
