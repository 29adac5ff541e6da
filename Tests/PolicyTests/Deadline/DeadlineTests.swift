import Policy
import Testing
import Wire

@Suite struct DeadlineTests {
    @Test(
        arguments: [
            ("1", 1000), ("0.5", 500), ("500ms", 500), ("2s", 2000), ("0.25s", 250), ("1.5ms", 1.5), ("130", 130_000),
            ("0.000000001", 0.000001),
            ("1.0000000009999", 1000), ("007", 7000), ("86400", 86_400_000), ("86401", 86_400_000),
            ("99999999999999999999999", 86_400_000),
            ("99999999999999999999999ms", 86_400_000), ("0.0000000019", 0.000001),
        ] as [(String, Double)])
    func `a requested timeout is read`(text: String, milliseconds: Double) throws {
        let duration = try spanResult(text) { try RequestTimeout.parse($0) }
        #expect(duration == .nanoseconds(Int64((milliseconds * 1e6).rounded())))
    }

    @Test(arguments: [
        "", "0", "0.0", "0ms", "-1", "+1", "1.", ".5", "1 s", " 1", "1m", "1sec", "1S", "1MS", "ms", "s", "1e3", "0x1", "1,5",
        "1ss", "1msx", "inf",
        "0.0000000001", "1\u{0}", "١",
    ])
    func `what is no time is a 400`(text: String) {
        let error = #expect(throws: Refusal.self) { try spanResult(text) { try RequestTimeout.parse($0) } }
        #expect(error?.status == 400)
    }

    @Test func `a time that is asked for twice is a 400`() throws {
        let once = try SampleRequest("GET /", ["X-Request-Timeout: 1"])
        #expect(try RequestTimeout.requested(once.head, once.bytes.span) == .seconds(1))
        for second in ["1", "bogus"] {
            let twice = try SampleRequest("GET /", ["X-Request-Timeout: 1", "x-request-timeout: \(second)"])
            #expect(throws: Refusal.self) { try RequestTimeout.requested(twice.head, twice.bytes.span) }
        }
    }

    @Test func `an upstream had its time unless the caller shortened it or it was spent elsewhere`() {
        let tenant = Duration.seconds(130)
        for (requested, begin, expected) in [
            (nil, 0.0, true), (nil, 65, true), (nil, 66, false), (.seconds(200), 10, true), (.seconds(129), 0, true),
            (.seconds(110), 0, false), (.milliseconds(50), 0, false),
        ] as [(Duration?, Double, Bool)] {
            let deadline = Deadline(start: .at(0), tenantTimeout: tenant, requested: requested)
            #expect(deadline.leftTime(from: .at(begin), tenantTimeout: tenant) == expected, "\(deadline.total) \(begin)")
        }
    }

    @Test func `a caller may ask for less than the tenant has, never for more`() {
        let tenant = Duration.seconds(130)
        #expect(Deadline(start: .at(0), tenantTimeout: tenant, requested: nil).total == tenant)
        #expect(Deadline(start: .at(0), tenantTimeout: tenant, requested: .seconds(2)).total == .seconds(2))
        #expect(Deadline(start: .at(0), tenantTimeout: tenant, requested: .seconds(500)).total == tenant)
    }

    @Test func `what remains shrinks to zero and no further`() {
        let deadline = Deadline(start: .at(0), total: .seconds(10))
        #expect(deadline.remaining(at: .at(4)) == .seconds(6))
        #expect(!deadline.hasPassed(at: .at(9.999)))
        #expect(deadline.hasPassed(at: .at(10)))
        #expect(deadline.remaining(at: .at(11)) == .zero)
    }

    @Test(arguments: Deadline.Limit.allCases)
    func `a 504 names the limit that passed and whether the request may have arrived`(limit: Deadline.Limit) {
        let deadline = Deadline(start: .at(0), total: .milliseconds(1500))
        for mayHaveReached in [true, false] {
            let problem = ExchangeProblem.timedOut(limit, mayHaveReached: mayHaveReached, deadline: deadline, isCancel: false)
            #expect(problem.status == 504)
            #expect(problem.type == "timeout-" + limit.rawValue)
            #expect(problem.detail.contains(limit.operation))
            #expect(problem.detail.contains("may have reached") == mayHaveReached)
            #expect(problem.detail.contains("1.5 s") == (limit == .total))
        }
    }
}
