import TestSupport
import Testing

/// The fuzzer's corpus, and what it once found, as tests.
struct FuzzCorpusTests {
    @Test func `what holds for configurations holds for the corpus`() throws {
        #expect(try FuzzCorpus.complaints("ConfigurationText", configurationTextProperty) == [])
    }
}
