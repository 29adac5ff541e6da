import Testing
import Wire

@Suite struct RequestCodingTests {
    typealias Facts = RequestCoding.Facts

    static let untouched = CodingPlan(.asIs)
    static let deflated = CodingPlan(.deflate, [.setContentEncodingGzip, .dropContentLength, .dropDigests])
    static let inflated = CodingPlan(.inflate, [.dropContentEncoding, .dropContentLength, .dropDigests])

    /// A JSON body of this length on a route that takes one.
    static func facts(_ length: Int?, _ change: (inout Facts) -> Void = { _ in }) -> Facts {
        var facts = Facts(contentLength: length)
        facts.routeTakesBody = true
        facts.isCompressible = true
        change(&facts)
        return facts
    }

    @Test(arguments: [(1024, untouched), (1025, deflated), (nil, deflated), (1, untouched), (0, untouched)])
    func `a plain body above 1 KiB is encoded`(length: Int?, plan: CodingPlan) {
        #expect(RequestCoding.decide(Self.facts(length), mode: .auto) == plan)
        #expect(RequestCoding.decide(Self.facts(length), mode: .always) == plan)
        #expect(RequestCoding.decide(Self.facts(length), mode: .never) == Self.untouched)
    }

    @Test func `on a route that takes no body it is encoded in mode always alone`() {
        let facts = Self.facts(5000) { $0.routeTakesBody = false }
        #expect(RequestCoding.decide(facts, mode: .auto) == Self.untouched)
        #expect(RequestCoding.decide(facts, mode: .always) == Self.deflated)
        #expect(RequestCoding.decide(facts, mode: .never) == Self.untouched)
    }

    @Test(arguments: [10, 5000, nil])
    func `a gzipped body is passed on, or decoded in mode never`(length: Int?) {
        let facts = Self.facts(length) { $0.coding = .gzip }
        #expect(RequestCoding.decide(facts, mode: .auto) == Self.untouched)
        #expect(RequestCoding.decide(facts, mode: .always) == Self.untouched)
        #expect(RequestCoding.decide(facts, mode: .never) == Self.inflated)
    }

    @Test(arguments: GzipMode.allCases)
    func `what may not or need not be transformed is left alone`(mode: GzipMode) {
        for coding in ContentCoding.allCases {
            for change in [{ $0.noTransform = true }, { $0.hasContentRange = true }] as [(inout Facts) -> Void] {
                var facts = Self.facts(5000) { $0.coding = coding }
                change(&facts)
                #expect(RequestCoding.decide(facts, mode: mode) == Self.untouched)
            }
        }
        #expect(RequestCoding.decide(Self.facts(5000) { $0.isCompressible = false }, mode: mode) == Self.untouched)
        for coding in [ContentCoding.deflate, .br, .zstd, .compress, .other] {
            #expect(RequestCoding.decide(Self.facts(5000) { $0.coding = coding }, mode: mode) == Self.untouched)
        }
    }

    @Test(arguments: GzipMode.allCases)
    func `a label on no body is taken off`(mode: GzipMode) {
        let facts = Self.facts(0) { $0.coding = .gzip }
        #expect(RequestCoding.decide(facts, mode: mode) == CodingPlan(.asIs, .dropContentEncoding))
    }
}
