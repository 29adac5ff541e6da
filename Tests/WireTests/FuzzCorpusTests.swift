import TestSupport
import Testing

/// The fuzzer's corpora, and what it once found, as tests.
struct FuzzCorpusTests {
    @Test func `what holds for request heads holds for the corpus`() throws {
        #expect(try FuzzCorpus.complaints("RequestHead", requestHeadProperty) == [])
    }

    @Test func `what holds for chunked bodies holds for the corpus`() throws {
        #expect(try FuzzCorpus.complaints("ChunkedBody", chunkedBodyProperty) == [])
    }

    @Test func `what holds for responses holds for the corpus`() throws {
        #expect(try FuzzCorpus.complaints("Response", responseProperty) == [])
    }

    @Test func `what holds for the responses of a server holds for the corpus`() throws {
        #expect(try FuzzCorpus.complaints("ResponseStream", responseStreamProperty) == [])
    }
}
