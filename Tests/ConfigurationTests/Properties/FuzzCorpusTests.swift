import Foundation
import Testing

/// The fuzzer's corpus, and what it once found, as tests.
struct FuzzCorpusTests {
    @Test func `what holds for configurations holds for the corpus`() throws {
        let folder = ExampleTests.root.appending(path: "Fuzz/ConfigurationText/corpus")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files {
            let complaint = try configurationTextProperty(Array(Data(contentsOf: file)))
            #expect(complaint == nil, "\(file.lastPathComponent)")
        }
    }
}
