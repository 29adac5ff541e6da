import Testing
import Wire

@testable import Policy

@Suite struct ByteTableTests {
    private func index(_ table: ByteTable, _ text: String) -> Int? {
        let bytes = Array("<\(text)>".utf8)
        return table.index(of: bytes.span, 1..<bytes.count - 1)
    }

    @Test func `it agrees with a dictionary`() {
        var random = SplitMix64(seed: 9)
        for size in [0, 1, 2, 3, 7, 8, 9, 500] {
            let word = { (random: inout SplitMix64) in
                String((0..<Int.random(in: 0...6, using: &random)).map { _ in "abAB-_".randomElement(using: &random) ?? "a" })
            }
            let keys = (0..<size).map { _ in word(&random) }
            let table = ByteTable(keys)
            let dictionary = Dictionary(keys.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            for key in keys + (0..<500).map({ _ in word(&random) }) { #expect(index(table, key) == dictionary[key]) }
        }
    }

    @Test func `folding takes letters in either case and any separator`() {
        let table = ByteTable(["zuora-org-ids"], folding: .fieldName)
        for text in ["zuora-org-ids", "ZUORA_ORG_IDS", "Zuora.Org-Ids", "zuora!org~ids"] { #expect(index(table, text) == 0) }
        for text in ["zuora-org-id", "zuora-org-idss", "zuoraXorg-ids", ""] { #expect(index(table, text) == nil) }
    }
}
