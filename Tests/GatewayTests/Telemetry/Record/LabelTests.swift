import Testing

@testable import Gateway

@Suite struct LabelTests {
    @Test func `a name keeps its slot over reloads, whatever comes and goes`() {
        var table = LabelTable()
        let first = ["acme", "globex"].map { table.label($0) }
        let second = ["initech", "globex", "acme"].map { table.label($0) }
        #expect(first.map(\.slot) == [1, 2])
        #expect(second.map(\.slot) == [3, 2, 1])
        #expect(second[2] === first[0])
    }

    @Test func `an unknown slot has no name`() {
        let table = LabelTable()
        #expect(table[0] === LabelTable.none)
        #expect(table[1] === LabelTable.none)
        #expect(table[-1] === LabelTable.none)
    }

    @Test func `a copy of the table does not learn of later names`() {
        var table = LabelTable()
        let copy = table
        _ = table.label("acme")
        #expect(copy[1] === LabelTable.none)
        #expect(table[1].name == "acme")
    }
}
