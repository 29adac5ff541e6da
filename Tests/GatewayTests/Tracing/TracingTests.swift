import Policy
import Testing
import Wire

@testable import Gateway

@Suite struct TracingTests {
    private func trace(_ origin: RequestTrace.Origin, low: UInt64 = 7, flags: UInt8 = 0) throws -> RequestTrace {
        let context = try #require(TraceContext(traceHigh: 1, traceLow: low, spanID: 9, flags: flags))
        return RequestTrace(context: context, origin: origin)
    }

    @Test func `a caller's flag decides about its trace, whatever the ratio`() throws {
        var random = SplitMix64(seed: 1)
        for ratio in [0, 0.5, 1.0] {
            let sampler = TraceSampler(ratio: ratio)
            #expect(sampler.server(of: try trace(.caller), using: &random) == nil)
            let server = try #require(sampler.server(of: try trace(.caller, flags: 1), using: &random))
            #expect(server.spanID != 9 && server.traceLow == 7 && server.isSampled)
        }
    }

    @Test(arguments: [0, 0.01, 0.25, 1.0])
    func `a ratio decides about the others, by the trace's id`(_ ratio: Double) throws {
        var random = SplitMix64(seed: 2)
        let sampler = TraceSampler(ratio: ratio)
        var count = 0
        for _ in 0..<10_000 {
            let fresh = RequestTrace(context: .start(using: &random), origin: .gateway)
            guard let server = sampler.server(of: fresh, using: &random) else { continue }
            count += 1
            #expect(server.isSampled && server.spanID == fresh.context.spanID)
        }
        #expect(abs(Double(count) / 10_000 - ratio) < 0.02, "\(count)")
    }

    private func spans(of trace: FinishedTrace) throws -> [[String: Any]] {
        let request = try object(OTLPTraces.json([trace]))
        let resource = (request["resourceSpans"] as? [[String: Any]])?.first ?? [:]
        let scope = (resource["scopeSpans"] as? [[String: Any]])?.first ?? [:]
        return scope["spans"] as? [[String: Any]] ?? []
    }

    /// The attribute's value of each span; nil where it is absent.
    private func values(_ name: String, _ spans: [[String: Any]]) -> [String?] {
        spans.map { span in
            let attributes = span["attributes"] as? [[String: Any]] ?? []
            let value = attributes.first { $0["key"] as? String == name }?["value"] as? [String: Any]
            return value?.values.first.map { "\($0)" }
        }
    }

    private func statusCodes(_ spans: [[String: Any]]) -> [Int?] { spans.map { ($0["status"] as? [String: Int])?["code"] } }

    @Test func `the span of a response that was cut is an error, whatever its status`() throws {
        func code(_ change: (inout AccessRecord) -> Void) throws -> Int? {
            statusCodes(try spans(of: try Samples.trace([], change)))[0]
        }
        #expect(try code { _ in } == nil)
        #expect(try code { ($0.outcome, $0.error) = (.cut, "cut") } == 2)
        #expect(try code { ($0.outcome, $0.error) = (.cancelled, "cut") } == 2)
        #expect(try code { ($0.status, $0.outcome, $0.error) = (404, .denied, "no-route") } == nil)
    }

    @Test func `an unknown method has the names of the semantic conventions`() throws {
        let attempt = AttemptSpan(spanID: 0xE, method: .other, start: Instant(nanoseconds: 2_000))
        let spans = try spans(of: try Samples.trace([attempt]) { $0.method = .other })
        #expect(spans.map { $0["name"] as? String } == ["HTTP aqua.cancel", "HTTP"])
        #expect(values("http.request.method", spans) == ["_OTHER", "_OTHER"])
    }

    @Test func `a verification is no resend of the cancel, and a repeated cancel is its first`() throws {
        var random = SplitMix64(seed: 3)
        let server = try #require(TraceContext(traceHigh: 0xA, traceLow: 0xB, spanID: 0xC, flags: 1))
        let requestSpans = RequestSpans(server: server, parent: nil)
        for isVerification in [false, true, false, true] {
            _ = requestSpans.beginAttempt(
                isVerification ? .get : .delete, isVerification: isVerification, at: Instant(nanoseconds: 2_000), using: &random)
        }
        let spans = try spans(of: try Samples.trace(requestSpans.attempts))
        #expect(values("http.request.resend_count", spans) == [nil, nil, nil, "1", "1"])
    }

    @Test func `spans have their ids, kinds, times and the record's members`() throws {
        let failed = AttemptSpan(
            spanID: 0xE, method: .delete, start: Instant(nanoseconds: 2_000), end: Instant(nanoseconds: 3_000),
            error: "tls_alert_received")
        let relayed = AttemptSpan(
            spanID: 0xF, method: .get, start: Instant(nanoseconds: 3_500), end: Instant(nanoseconds: 4_000), status: 200)
        let spans = try spans(of: try Samples.trace([failed, relayed]))
        #expect(spans.map { $0["spanId"] as? String } == ["000000000000000c", "000000000000000e", "000000000000000f"])
        #expect(spans.map { $0["parentSpanId"] as? String } == ["000000000000000d", "000000000000000c", "000000000000000c"])
        #expect(spans.map { $0["kind"] as? Int } == [2, 3, 3])
        #expect(spans.map { $0["name"] as? String } == ["DELETE aqua.cancel", "DELETE", "GET"])
        #expect(Set(spans.map { $0["traceId"] as? String }) == ["000000000000000a000000000000000b"])
        let base = Samples.time.nanoseconds
        #expect(spans.map { $0["startTimeUnixNano"] as? String } == ["\(base)", "\(base + 1000)", "\(base + 2500)"])
        // What is relayed ends with the request.
        #expect(spans.map { $0["endTimeUnixNano"] as? String } == ["\(base + 4000)", "\(base + 2000)", "\(base + 4000)"])
        #expect(statusCodes(spans) == [nil, 2, nil])
        let events = spans.first?["events"] as? [[String: String]]
        #expect(events == [["timeUnixNano": "\(base + 1000)", "name": "slot taken"]])
    }

    @Test func `the queue is bounded, and counts what it loses`() throws {
        let queue = TraceQueue()
        let trace = try Samples.trace([AttemptSpan(spanID: 1, method: .get, start: Instant(nanoseconds: 1))])
        for _ in 0..<TraceQueue.limit + 3 { queue.add(trace) }
        #expect(queue.droppedSpans == 6)
        #expect(queue.take(10).count == 10)
        queue.add(trace)
        #expect(queue.droppedSpans == 6)
        #expect(queue.take(.max).count == TraceQueue.limit - 9)
        #expect(queue.take(1).isEmpty)
    }

    @Test func `the file of header fields has one on each line, and no line can add another`() {
        var block = HeaderBlock()
        TraceHeaders.append(Array("Authorization: Bearer a:b\r\n\nno colon\nX-Scope:\tops\nbad name: x\n".utf8), to: &block)
        #expect(block.fields.indices.map { block.value($0) } == ["Bearer a:b", "ops"])
        #expect(block.first(.authorization) == "Bearer a:b")
    }
}
