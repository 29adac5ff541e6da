import Foundation
import Testing
import Wire

@testable import ZuoraSandbox

@Suite struct FaultTests {
    var bench = Bench()

    // MARK: By id

    @Test mutating func `a fault that strikes twice lets the third cancel through`() throws {
        let token = try bench.token()
        let path = Bench.jobPath("fault-503-twice")
        let statuses = (1...3).map { _ in bench.call("DELETE", path, token).status }
        #expect(statuses == [503, 503, 200])
        #expect(bench.call("GET", path, token).json?["status"] == "cancelled")
    }

    @Test mutating func `each id counts for itself`() throws {
        let token = try bench.token()
        #expect(bench.call("DELETE", Bench.jobPath("fault-500-once.a"), token).status == 500)
        #expect(bench.call("DELETE", Bench.jobPath("fault-500-once.b"), token).status == 500)
        #expect(bench.call("DELETE", Bench.jobPath("fault-500-once.a"), token).json?["status"] == "cancelled")
    }

    @Test mutating func `a fault strikes the cancel, with get- the reading, with all- both`() throws {
        let token = try bench.token()
        func statuses(_ id: String) -> [Int] {
            [bench.call("GET", Bench.jobPath(id), token).status, bench.call("DELETE", Bench.jobPath(id), token).status]
        }
        #expect(statuses("fault-504") == [200, 504])
        #expect(statuses("fault-get-504") == [504, 200])
        #expect(statuses("fault-all-504") == [504, 504])
    }

    @Test mutating func `a reset before the response leaves the job unchanged, and one after sending has cancelled it`() throws {
        let token = try bench.token()
        let before = bench.call("DELETE", Bench.jobPath("fault-reset"), token)
        #expect(before.delivery.ending == .resetWithoutResponse)
        #expect(bench.call("GET", Bench.jobPath("fault-reset"), token).json?["status"] == "executing")
        let after = bench.call("DELETE", Bench.jobPath("fault-reset-after-send"), token)
        #expect(after.delivery.ending == .resetWithoutResponse)
        #expect(bench.call("GET", Bench.jobPath("fault-reset-after-send"), token).json?["status"] == "cancelled")
    }

    @Test mutating func `after a lost response the repeated cancel is refused`() throws {
        let token = try bench.token()
        let path = Bench.jobPath("fault-reset-after-send-once")
        #expect(bench.call("DELETE", path, token).delivery.ending == .resetWithoutResponse)
        #expect(bench.call("DELETE", path, token).json?["errorCode"] == "90003")
    }

    @Test mutating func `a response can misreport a successful cancel`() throws {
        let token = try bench.token()
        #expect(bench.call("DELETE", Bench.jobPath("fault-504-after-send"), token).status == 504)
        #expect(bench.call("GET", Bench.jobPath("fault-504-after-send"), token).json?["status"] == "cancelled")
        #expect(bench.call("DELETE", Bench.jobPath("fault-504"), token).status == 504)
        #expect(bench.call("GET", Bench.jobPath("fault-504"), token).json?["status"] == "executing")
    }

    @Test mutating func `a real job can be struck too`() throws {
        let token = try bench.token()
        try bench.control("POST", "faults", ["match": ["method": "DELETE"], "effect": "reset-after-send", "times": 1])
        let id = try bench.submit(token, name: "executing=1h")
        #expect(bench.call("DELETE", Bench.jobPath(id), token).delivery.ending == .resetWithoutResponse)
        #expect(bench.call("GET", Bench.jobPath(id), token).json?["status"] == "cancelled")
    }

    static let deliveries: [(String, @Sendable (Delivery) -> Bool)] = [
        ("slow-2s", { $0.delay == .seconds(2) && $0.ending == .complete }), ("slow-250ms", { $0.delay == .milliseconds(250) }),
        ("slow-body-1s", { $0.bodyDelay == .seconds(1) && $0.delay == .zero }),
        ("drip-100", { $0.pieceSize == 10 && $0.pieceDelay == .milliseconds(100) }),
        ("drip-2", { $0.pieceSize == 1 && $0.pieceDelay == .milliseconds(500) }), ("split-7", { $0.pieceSize == 7 }),
        ("close", { $0.ending == .closeWithoutResponse }), ("close-after-send", { $0.ending == .closeWithoutResponse }),
        ("hold", { $0.ending == .hold }), ("hold-after-send", { $0.ending == .hold }),
        ("reset-after-head", { $0.ending == .resetAfter(0) }), ("close-after-head", { $0.ending == .closeAfter(0) }),
        ("truncate-100", { $0.ending == .closeAfter(100) }), ("reset-at-100", { $0.ending == .resetAfter(100) }),
        ("close-delimited", { $0.framing == .close && $0.closes }), ("content-length", { $0.framing == .length }),
        ("goodbye", { $0.closes && $0.framing == .chunked }), ("interim-103", { $0.interim == 103 }),
        ("slow-1s+truncate-10", { $0.delay == .seconds(1) && $0.ending == .closeAfter(10) }),
    ]

    @Test(arguments: deliveries)
    mutating func `a delivery can be asked for by name`(name: String, holds: @Sendable (Delivery) -> Bool) throws {
        let token = try bench.token()
        let reply = bench.call("DELETE", Bench.jobPath("fault-\(name)"), token)
        #expect(holds(reply.delivery), "\(reply.delivery)")
    }

    @Test(arguments: ["truncate", "reset-in-body", "hold-in-body"])
    mutating func `a break in the body comes half way through it`(name: String) throws {
        let token = try bench.token()
        let reply = bench.call("DELETE", Bench.jobPath("fault-\(name)"), token)
        let half = reply.body.count / 2
        #expect(half > 0)
        #expect([.closeAfter(half), .resetAfter(half), .holdAfter(half)].contains(reply.delivery.ending))
        #expect(bench.call("GET", Bench.jobPath("fault-\(name)"), token).json?["status"] == "cancelled")
    }

    static let responses: [(String, Int, String, String?)] = [
        ("400", 400, "\"code\"", nil), ("400-no-bearer", 400, "No bearer token", nil), ("400-proxy", 400, "\"Errors\"", nil),
        ("401", 401, "Authentication error", nil), ("401-user-info", 401, "Failed to get user info", nil),
        ("401-spring", 401, "\"error\":\"Unauthorized\"", nil), ("401-reasons", 401, "90000011", nil),
        ("403", 403, "50000010", nil), ("404", 404, "50000040", nil), ("405", 405, "Method Not Allowed", nil),
        ("409", 409, "50000050", nil), ("429", 429, "50000070", "120"), ("429-retry-after", 429, "50000070", "1"),
        ("429-bare", 429, "50000070", nil), ("429-quota", 429, "\"code\":70", nil), ("429-message", 429, "request exceeded", nil),
        ("429-text", 429, "downloads", "120"), ("500", 500, "50000060", nil), ("502", 502, "<TITLE>Bad Gateway", nil),
        ("503", 503, "<TITLE>Service Unavailable", nil), ("503-retry-after", 503, "<TITLE>", "1"),
        ("503-json", 503, "50000061", nil),
        ("504", 504, "<TITLE>Gateway Timeout", nil), ("html-502", 502, "<TITLE>", nil), ("html-200", 200, "<TITLE>", nil),
        ("html-403", 403, "Access Denied", nil), ("empty-200", 200, "", nil), ("exceeded-200", 200, "REQUEST_EXCEEDED_RATE", nil),
        ("wrong-entity", 200, "90000020", nil), ("lock", 200, "50000050", nil), ("temporary", 200, "50000061", nil),
        ("aqua-90022", 200, "\"errorCode\":\"90022\"", nil), ("reasons-50000099", 200, "50000099", nil),
        ("max-object-size", 403, "<security:max-object-size>2047MB<", nil), ("418", 418, "Status 418", nil),
    ]

    @Test(arguments: responses)
    mutating func `a response can be requested by name`(name: String, status: Int, part: String, retryAfter: String?) throws {
        let token = try bench.token()
        let reply = bench.call("DELETE", Bench.jobPath("fault-\(name)"), token)
        #expect(reply.status == status)
        #expect(part.isEmpty ? reply.text.isEmpty : reply.text.contains(part), "\(reply.text)")
        #expect(reply.fields.first("Retry-After") == retryAfter)
        #expect(bench.call("GET", Bench.jobPath("fault-\(name)"), token).json?["status"] == "executing")
    }

    @Test mutating func `a date says when to retry, and an edge identifies itself`() throws {
        let token = try bench.token()
        let dated = bench.call("DELETE", Bench.jobPath("fault-429-date"), token)
        let date = try #require(dated.fields.first("Retry-After"))
        let wall = bench.zuora.wall(bench.zuora.time(bench.now))
        #expect(WallTime(httpDate: date, now: wall)?.seconds == wall.seconds + 2)
        #expect(bench.call("DELETE", Bench.jobPath("fault-html-503"), token).fields.all("Server") == ["AkamaiGHost"])
    }

    @Test mutating func `fields that a proxy must not pass on can be asked for`() throws {
        let token = try bench.token()
        let reply = bench.call("DELETE", Bench.jobPath("fault-leaky-fields"), token)
        for name in ["Set-Cookie", "WWW-Authenticate", "Keep-Alive", "X-Hop"] { #expect(reply.fields.first(name) != nil) }
        #expect(reply.json?["status"] == "cancelled")
    }

    @Test(
        arguments: [
            ("gzip-twice", nil), ("gzip-twice-once.1", 1), ("gzip-twice-twice", 2), ("all-slow-1ms+gzip-twice", nil),
            ("get-gzip-twice+slow-1ms-thrice", 3),
        ] as [(String, Int?)])
    func `an effect whose name ends like a number of times can be asked for by id`(name: String, times: Int?) throws {
        let fault = try #require(FaultName(id: "fault-\(name)"))
        #expect(fault.effect.gzip == .twice && fault.times == times)
    }

    @Test func `each effect in the table of the documentation can be asked for by id`() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/sandbox.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let faults = try #require(text.components(separatedBy: "## Faults\n").last?.components(separatedBy: "\n## ").first)
        let rows = faults.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let names = rows.flatMap { row in row.split(separator: "|").first?.matches(of: /`([^`]+)`/).map { String($0.1) } ?? [] }
        #expect(names.count > 50)
        for name in names where name != "token_answer" && !name.contains("<") {
            #expect(FaultName(id: "fault-\(name)")?.name == name)
            #expect(FaultName(id: "fault-\(name)-twice.5")?.times == 2, "\(name)")
        }
    }

    @Test(arguments: [
        "fault-503-once-twice", "fault-503-twice-once", "fault-twice", "fault-", "fault-nothing", "fault-slow-", "fault-slow-2",
        "fault-truncate-x", "fault-503+", "fault-interim-101",
    ])
    mutating func `an id that asks for no known fault is an unknown job`(id: String) throws {
        let token = try bench.token()
        #expect(bench.call("DELETE", Bench.jobPath(id), token).json?["errorCode"] == "90002")
    }
}
