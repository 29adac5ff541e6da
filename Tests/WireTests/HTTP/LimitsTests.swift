import Testing

@testable import Wire

struct LimitsTests {
    @Test func `a head of just the limit is taken, one more byte is a 431`() {
        let text = "GET / HTTP/1.1\r\nHost: a\r\nA: bcd\r\n\r\n"
        #expect(Parsed(text, limits: HeadLimits(head: text.utf8.count)).isComplete)
        let refusal = Parsed(text, limits: HeadLimits(head: text.utf8.count - 1)).refusal
        #expect(refusal == .headTooLarge)
        #expect(refusal?.status == 431)
    }

    @Test func `a head that never ends is refused once it reaches the limit`() {
        var parser = RequestHeadParser(limits: HeadLimits(head: 64))
        var bytes = Array("GET / HTTP/1.1\r\nA: ".utf8)
        while bytes.count < 63 {
            bytes.append(0x61)
            #expect(parser.parse(bytes: bytes) == .incomplete)
        }
        bytes.append(0x61)
        #expect(parser.parse(bytes: bytes) == .refused(.headTooLarge))
    }

    @Test(arguments: [1, 20, 100])
    func `a target of just the limit is taken, one more byte is a 414`(limit: Int) {
        let target = "/" + String(repeating: "a", count: limit - 1)
        let limits = HeadLimits(target: limit)
        #expect(Parsed("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n", limits: limits).isComplete)
        let refusal = Parsed("GET \(target)a HTTP/1.1\r\nHost: a\r\n\r\n", limits: limits).refusal
        #expect(refusal == .targetTooLong)
        #expect(refusal?.status == 414)
    }

    @Test func `a request line that never ends is a 414 long before the head's limit`() {
        var parser = RequestHeadParser(limits: HeadLimits(head: 4096, target: 64))
        let bytes = Array("GET /".utf8) + [UInt8](repeating: 0x61, count: 128)
        #expect(parser.parse(bytes: bytes) == .refused(.targetTooLong))
    }

    @Test func `the longest method beside the longest target is taken`() {
        let method = String(repeating: "M", count: 32)
        let text = "\(method) /aaa HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(Parsed(text, limits: HeadLimits(target: 4)).isComplete)
    }

    @Test func `as many fields as the limit are taken, one more is a 431`() {
        let lines = "Host: a\r\nA: b\r\nC: d\r\n"
        #expect(Parsed("GET / HTTP/1.1\r\n\(lines)\r\n", limits: HeadLimits(fields: 3)).isComplete)
        let refusal = Parsed("GET / HTTP/1.1\r\n\(lines)\r\n", limits: HeadLimits(fields: 2)).refusal
        #expect(refusal == .tooManyFields)
        #expect(refusal?.status == 431)
    }

    @Test(arguments: [HeadLimits(head: .max, target: .max, fields: .max), HeadLimits(head: .max, target: .max - 1)])
    func `limits may be as large as a number can be`(limits: HeadLimits) {
        #expect(Parsed("GET / HTTP/1.1\r\nHost: a\r\n\r\n", limits: limits).isComplete)
    }

    @Test(arguments: [
        HeadLimits(head: 0), HeadLimits(head: -1), HeadLimits(target: 0), HeadLimits(fields: 0), HeadLimits(target: .min),
    ])
    func `limits of nothing refuse everything`(limits: HeadLimits) {
        #expect(Parsed("GET / HTTP/1.1\r\nHost: a\r\n\r\n", limits: limits).refusal != nil)
    }
}
