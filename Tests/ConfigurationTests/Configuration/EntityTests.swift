import Configuration
import Testing

@Suite struct EntityTests {
    let head = "[tenants.acme]\nenvironment = \"us1\"\ntoken = { file = \"/s\" }\n"
    let entities =
        "entities = { emea = \"e20b0747-4688-4ad5-8014-68daf10e501d\", amer = \"8a8082c1-5f0a-4c2e-9d4b-0a6b7c8d9e0f\" }\n"

    @Test(arguments: ["emea", "e20b0747-4688-4ad5-8014-68daf10e501d", "E20B074746884AD5801468DAF10E501D"])
    func `the default entity is a name or an id of the list`(entity: String) throws {
        #expect(try tenant(head + entities + "entity = \"\(entity)\"").defaultEntity?.name == "emea")
    }

    @Test func `without a list the default entity is the only one`() throws {
        let found = try tenant(head + "entity = \"E20B0747-4688-4ad5-8014-68daf10e501d\"")
        #expect(found.entities.map(\.id) == ["e20b074746884ad5801468daf10e501d"] && found.defaultEntity == found.entities.first)
    }

    @Test func `without a default entity callers have to choose`() throws {
        let found = try tenant(head + entities)
        #expect(found.defaultEntity == nil && found.entities.count == 2)
    }

    @Test func `an entity outside the list is refused`() {
        #expect(
            errors(head + entities + "entity = \"apac\"") == [
                "proxy.conf:5: tenants.acme.entity: \"apac\" is neither a name in entities nor an id"
            ])
        #expect(
            errors(head + entities + "entity = \"emae\"")
                == [
                    "proxy.conf:5: tenants.acme.entity: \"emae\" is neither a name in entities nor an id (did you mean \"emea\"?)"
                ])
        #expect(
            errors(head + entities + "entity = \"00000000-0000-0000-0000-000000000000\"")
                == ["proxy.conf:5: tenants.acme.entity: \"00000000-0000-0000-0000-000000000000\" is not in entities"])
        #expect(errors(head + "entity = \"emea\"").count == 1)
    }

    @Test func `two names for one id are refused, in any spelling`() {
        let text =
            head
            + "[tenants.acme.entities]\na = \"e20b0747-4688-4ad5-8014-68daf10e501d\"\nb = \"E20B074746884AD5801468DAF10E501D\""
        #expect(errors(text) == ["proxy.conf:6: tenants.acme.entities.b: the same id as \"a\""])
    }

    @Test func `a name that equals another entity's id is refused`() {
        let text = head + "entities = { 8a8082c15f0a4c2e9d4b0a6b7c8d9e0f = \"e20b0747-4688-4ad5-8014-68daf10e501d\" }"
        #expect(errors(text).first?.contains("a name that equals another entity's id") == true)
    }
}
