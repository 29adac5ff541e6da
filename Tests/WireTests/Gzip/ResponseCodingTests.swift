import Testing
import Wire

@Suite struct ResponseCodingTests {
    typealias Facts = ResponseCoding.Facts

    static let inflated = CodingPlan(
        .inflate, [.dropContentEncoding, .dropContentLength, .weakenETag, .dropDigests, .dropAcceptRanges, .addVary])
    static let deflated = CodingPlan(
        .deflate, [.setContentEncodingGzip, .dropContentLength, .weakenETag, .dropDigests, .dropAcceptRanges, .addVary])
    static let untouched = CodingPlan(.asIs)
    static let untouchedButVaries = CodingPlan(.asIs, .addVary)

    static let gzipped = facts { $0.coding = .gzip }
    static let plain = facts { $0.contentLength = 1000 }

    static func facts(_ status: Int = 200, _ change: (inout Facts) -> Void = { _ in }) -> Facts {
        var facts = Facts(status: status)
        facts.isCompressible = true
        change(&facts)
        return facts
    }

    @Test(
        arguments: [
            ("gzip", .auto, untouchedButVaries), ("gzip", .always, untouchedButVaries), ("gzip", .never, inflated),
            ("", .auto, inflated), ("", .always, inflated), ("", .never, inflated),
            ("br", .auto, inflated), ("gzip;q=0", .auto, inflated),
            ("gzip;q=0.4, identity;q=0.5", .auto, inflated), ("gzip;q=0.5, identity;q=0.5", .auto, untouchedButVaries),
            ("gzip, identity;q=0", .auto, untouchedButVaries), ("*", .auto, untouchedButVaries),
        ] as [(String, GzipMode, CodingPlan)])
    func `a gzip body is relayed to callers that accept it, and decoded for others`(
        value: String, mode: GzipMode, plan: CodingPlan
    ) {
        #expect(ResponseCoding.decide(Self.gzipped, accept: accept(value), mode: mode) == plan)
    }

    @Test(arguments: GzipMode.allCases)
    func `a caller that says nothing gets plain bytes`(mode: GzipMode) {
        #expect(ResponseCoding.decide(Self.gzipped, accept: AcceptEncoding(), mode: mode) == Self.inflated)
        #expect(ResponseCoding.decide(Self.plain, accept: AcceptEncoding(), mode: mode).body == .asIs)
    }

    @Test(
        arguments: [
            ("gzip", .auto, untouched), ("gzip", .always, deflated), ("gzip", .never, untouched),
            ("", .auto, untouched), ("", .always, untouchedButVaries), ("", .never, untouched),
            ("gzip, identity;q=0", .auto, deflated), ("gzip, *;q=0", .always, deflated),
            ("gzip, identity;q=0", .never, untouched),
            ("identity, gzip;q=0.5", .always, untouchedButVaries),
        ] as [(String, GzipMode, CodingPlan)])
    func `a plain body is encoded where the mode or the caller demands it`(value: String, mode: GzipMode, plan: CodingPlan) {
        #expect(ResponseCoding.decide(Self.plain, accept: accept(value), mode: mode) == plan)
    }

    @Test(arguments: [
        (facts { $0.contentLength = 999 }, untouched), (facts { $0.contentLength = 1000 }, deflated),
        (facts { $0.contentLength = nil }, deflated), (facts { $0.contentLength = 0 }, untouched),
        (facts { $0.isCompressible = false }, untouched), (facts(404), deflated), (facts(500), deflated),
    ])
    func `in mode always a body is encoded only if it is worth it`(facts: Facts, plan: CodingPlan) {
        #expect(ResponseCoding.decide(facts, accept: accept("gzip"), mode: .always) == plan)
    }

    @Test(arguments: [100, 103, 199, 204, 205], GzipMode.allCases)
    func `a response without a body is unchanged`(status: Int, mode: GzipMode) {
        for value in ["", "gzip", "gzip, identity;q=0"] {
            for coding in ContentCoding.allCases {
                let facts = Self.facts(status) { $0.coding = coding }
                #expect(ResponseCoding.decide(facts, accept: accept(value), mode: mode) == Self.untouched)
            }
        }
    }

    @Test(arguments: GzipMode.allCases, ["", "gzip", "gzip, identity;q=0"])
    func `a part keeps its coding`(mode: GzipMode, value: String) {
        for coding in ContentCoding.allCases {
            for var facts in [
                Self.facts(206), Self.facts { $0.hasContentRange = true }, Self.facts(416) { $0.hasContentRange = true },
            ] {
                facts.coding = coding
                let plan = ResponseCoding.decide(facts, accept: accept(value), mode: mode)
                #expect(plan == (coding == .gzip ? Self.untouchedButVaries : Self.untouched))
            }
        }
    }

    @Test(arguments: GzipMode.allCases, ["", "gzip", "gzip, identity", "gzip;q=0", "gzip, identity;q=0"])
    func `what may not be transformed keeps its coding, unless that is a gzip that only the gateway has asked for`(
        mode: GzipMode, value: String
    ) {
        for coding in ContentCoding.allCases {
            let facts = Self.facts {
                $0.noTransform = true
                $0.coding = coding
            }
            let plan = ResponseCoding.decide(facts, accept: accept(value), mode: mode)
            let isRefused = mode == .never || value == "" || value == "gzip;q=0"
            switch coding {
            case .gzip where isRefused: #expect(plan.body == .inflate && plan.edits.contains(.dropContentEncoding))
            case .gzip: #expect(plan == Self.untouchedButVaries)
            default: #expect(plan == Self.untouched)
            }
        }
    }

    @Test(arguments: [ContentCoding.deflate, .br, .zstd, .compress, .other], GzipMode.allCases)
    func `a coding that cannot be undone here is passed on with its label`(coding: ContentCoding, mode: GzipMode) {
        let facts = Self.facts { $0.coding = coding }
        for value in ["", "gzip", "identity"] {
            #expect(ResponseCoding.decide(facts, accept: accept(value), mode: mode) == Self.untouched)
        }
    }

    @Test(arguments: GzipMode.allCases, ["", "gzip", "identity;q=0, gzip", "*;q=0"])
    func `the fields of a HEAD are those of a GET`(mode: GzipMode, value: String) {
        for coding in ContentCoding.allCases {
            for length in [nil, 0, 999, 1000] as [Int?] {
                for status in [200, 204, 206, 304, 404] {
                    var facts = Self.facts(status) {
                        $0.coding = coding
                        $0.contentLength = length
                    }
                    let get = ResponseCoding.decide(facts, accept: accept(value), mode: mode)
                    facts.isHead = true
                    let head = ResponseCoding.decide(facts, accept: accept(value), mode: mode)
                    #expect(head == CodingPlan(.asIs, get.edits))
                }
            }
        }
    }

    @Test func `a label on nothing is taken off, with nothing to decode`() {
        let facts = Self.facts {
            $0.coding = .gzip
            $0.contentLength = 0
        }
        let plan = ResponseCoding.decide(facts, accept: accept(""), mode: .auto)
        #expect(plan == CodingPlan(.asIs, [.dropContentEncoding, .addVary]))
    }

    @Test(arguments: GzipMode.allCases)
    func `an empty body is not encoded, even for a caller that refuses plain bytes`(mode: GzipMode) {
        let facts = Self.facts { $0.contentLength = 0 }
        #expect(ResponseCoding.decide(facts, accept: accept("gzip, identity;q=0"), mode: mode) == Self.untouched)
    }

    @Test(
        arguments: [
            ("", .auto, true), ("", .always, true), ("", .never, true), ("gzip", .auto, false), ("gzip", .always, true),
            ("gzip", .never, true),
        ] as [(String, GzipMode, Bool)])
    func `a 304 names the tag that the 200 might have had`(value: String, mode: GzipMode, isWeak: Bool) {
        let plan = ResponseCoding.decide(Self.facts(304), accept: accept(value), mode: mode)
        #expect(plan == CodingPlan(.asIs, isWeak ? [.weakenETag, .addVary] : .addVary))
        let kept = Self.facts(304) { $0.noTransform = true }
        let isInflated = mode == .never || value == ""
        #expect(
            ResponseCoding.decide(kept, accept: accept(value), mode: mode)
                == (isInflated ? CodingPlan(.asIs, [.weakenETag, .addVary]) : Self.untouched))
    }

    @Test(arguments: [
        ("", true, true), ("gzip", true, true), ("br", true, true), ("gzip, identity;q=0", true, false), ("*;q=0", false, false),
        ("gzip;q=0, identity;q=0", false, false), ("br, *;q=0", false, false), ("*", true, true),
    ])
    func `a caller that accepts nothing that can be had is known beforehand`(value: String, auto: Bool, never: Bool) {
        #expect(ResponseCoding.isServable(accept(value), mode: .auto) == auto)
        #expect(ResponseCoding.isServable(accept(value), mode: .always) == auto)
        #expect(ResponseCoding.isServable(accept(value), mode: .never) == never)
        #expect(ResponseCoding.isServable(AcceptEncoding(), mode: .never))
    }

    @Test(arguments: GzipMode.allCases)
    func `gzip is asked for unless what comes may not be decoded`(mode: GzipMode) {
        for value in ["", "gzip"] {
            #expect(ResponseCoding.asksForGzip(accept(value), mode: mode, hasRange: false))
            let takes = value == "gzip" && mode != .never
            #expect(ResponseCoding.asksForGzip(accept(value), mode: mode, hasRange: true) == takes)
        }
    }
}
