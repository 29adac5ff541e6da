import Foundation
import Testing

@testable import Wire

/// The fuzzer's corpora, and what it once found, as tests.
struct FuzzCorpusTests {
    private func check(_ target: String, _ property: ([UInt8]) -> String?) throws {
        let folder = URL(filePath: #filePath).appending(path: "../../../Fuzz/\(target)/corpus").standardized
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files {
            let complaint = try property(Array(Data(contentsOf: file)))
            #expect(complaint == nil, "\(file.lastPathComponent)")
        }
    }

    @Test func `what holds for request heads holds for the corpus`() throws {
        try check("RequestHead", requestHeadProperty)
    }

    @Test func `what holds for chunked bodies holds for the corpus`() throws {
        try check("ChunkedBody", chunkedBodyProperty)
    }

    @Test func `what holds for responses holds for the corpus`() throws {
        try check("Response", responseProperty)
    }

    @Test func `what holds for the responses of a server holds for the corpus`() throws {
        try check("ResponseStream", responseStreamProperty)
    }
}
