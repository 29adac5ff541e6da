import Foundation
import Testing

/// The fuzzer's corpora, and what it once found, as tests.
struct FuzzCorpusTests {
    private func check(_ target: String, _ property: ([UInt8]) -> String?) throws {
        let folder = URL(filePath: #filePath).appending(path: "../../../../Fuzz/\(target)/corpus").standardized
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files {
            let complaint = try property(Array(Data(contentsOf: file)))
            #expect(complaint == nil, "\(file.lastPathComponent)")
        }
    }

    @Test func `what holds for paths holds for the corpus`() throws {
        try check("RoutePath", routePathProperty)
    }

    @Test func `what holds for what goes upstream holds for the corpus`() throws {
        try check("Policy", policyProperty)
    }

    @Test func `what holds for exchanges with the upstream holds for the corpus`() throws {
        try check("Exchange", exchangeProperty)
    }

    @Test func `what holds for replies of the store holds for the corpus`() throws {
        try check("StoreReply", storeReplyProperty)
    }
}
