import Testing

@testable import Gateway

@Suite struct TraceContextTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let span = "b7ad6b7169203331"

    private func parse(_ text: String) -> TraceContext? { TraceContext(Array(text.utf8).span) }

    @Test(arguments: [
        ("00-\(trace)-\(span)-01", "00-\(trace)-\(span)-01"),
        ("00-\(trace)-\(span)-00", "00-\(trace)-\(span)-00"),
        ("00-\(trace)-\(span)-03", "00-\(trace)-\(span)-03"),
        // Flags that are not known are not passed on.
        ("00-\(trace)-\(span)-ff", "00-\(trace)-\(span)-03"),
        // Later versions begin as version 00 does.
        ("01-\(trace)-\(span)-01", "00-\(trace)-\(span)-01"),
        ("cc-\(trace)-\(span)-01-what-is-new", "00-\(trace)-\(span)-01"),
        ("cc-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01"),
    ])
    func `a valid value is read, and written in version 00`(value: String, expected: String) throws {
        #expect(try #require(parse(value)).description == expected)
    }

    @Test(arguments: [
        "", "00", "00-\(trace)-\(span)", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-0", "00-\(trace)-\(span)-011",
        "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01-more", "01-\(trace)-\(span)-01.more", "ff-\(trace)-\(span)-01",
        "0-\(trace)-\(span)-01", "FE-\(trace)-\(span)-01", "00-0AF7651916CD43DD8448EB211C80319C-\(span)-01",
        "00-\(trace)-B7AD6B7169203331-01", "00-\(trace)-\(span)-0A", "00-00000000000000000000000000000000-\(span)-01",
        "00-\(trace)-0000000000000000-01", "00_\(trace)-\(span)-01", "00-\(trace)_\(span)-01", "00-\(trace)-\(span)_01",
        "00-\(trace)-\(span)-0g", "00-\(trace)-\(span)-01 ", " 00-\(trace)-\(span)-01", "0x-\(trace)-\(span)-01",
        "00-0af7651916cd43dd8448eb211c80319g-\(span)-01", "00-\(trace)-b7ad6b716920333-101",
    ])
    func `an invalid value is ignored`(value: String) { #expect(parse(value) == nil) }

    @Test func `every single broken byte is noticed`() {
        let good = Array("00-\(Self.trace)-\(Self.span)-01".utf8)
        for i in good.indices {
            for byte in [UInt8(ascii: "-"), UInt8(ascii: "G"), 0x00, 0xFF] where good[i] != byte {
                var broken = good
                broken[i] = byte
                #expect(TraceContext(broken.span) == nil)
            }
        }
    }

    @Test func `half a trace id may be zero`() {
        #expect(parse("00-00000000000000000000000000000001-\(Self.span)-01")?.traceLow == 1)
        #expect(parse("00-10000000000000000000000000000000-\(Self.span)-01")?.traceLow == 0)
    }

    @Test func `a trace that is begun is valid, not sampled, and another one each time`() {
        var random = Cycle(values: [1, 2, 3, 4, 5, 6])
        let (a, b) = (TraceContext.start(using: &random), TraceContext.start(using: &random))
        #expect(a.description == "00-00000000000000010000000000000002-0000000000000003-02")
        #expect(!a.isSampled)
        #expect(a.traceHigh != b.traceHigh && a.spanID != b.spanID)
        #expect(parse(a.description) == a)
    }

    @Test func `ids are never zero, even if chance has it so`() {
        var random = Cycle(values: [0])
        let context = TraceContext.start(using: &random)
        #expect(parse(context.description) == context)
        #expect(context.child(using: &random).spanID != 0)
        #expect(TraceContext(traceHigh: 0, traceLow: 0, spanID: 1, flags: 0) == nil)
        #expect(TraceContext(traceHigh: 1, traceLow: 0, spanID: 0, flags: 0) == nil)
    }

    @Test func `a child keeps the trace and its flags and has a span of its own`() throws {
        var random = Cycle(values: [42])
        let parent = try #require(parse("00-\(Self.trace)-\(Self.span)-01"))
        #expect(parent.isSampled)
        #expect(parent.child(using: &random).description == "00-\(Self.trace)-000000000000002a-01")
    }
}

/// Gives the values in turn, again and again.
private struct Cycle: RandomNumberGenerator {
    var values: [UInt64]
    var index = 0

    mutating func next() -> UInt64 {
        defer { index += 1 }
        return values[index % values.count]
    }
}
