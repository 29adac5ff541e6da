import TestSupport
import Testing

/// The fuzzer's corpora, and what it once found, as tests.
struct FuzzCorpusTests {
    @Test func `what holds for paths holds for the corpus`() throws {
        #expect(try FuzzCorpus.complaints("RoutePath", routePathProperty) == [])
    }

    @Test func `what holds for what goes upstream holds for the corpus`() throws {
        #expect(try FuzzCorpus.complaints("Policy", policyProperty) == [])
    }

    @Test func `what holds for exchanges with the upstream holds for the corpus`() throws {
        #expect(try FuzzCorpus.complaints("Exchange", exchangeProperty) == [])
    }

    @Test func `what holds for replies of the store holds for the corpus`() throws {
        #expect(try FuzzCorpus.complaints("StoreReply", storeReplyProperty) == [])
    }
}
