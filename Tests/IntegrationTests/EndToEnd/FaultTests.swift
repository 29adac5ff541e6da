import Foundation
import Testing

/// Every kind of trouble on every route, in the first attempt only and in all of them: what the caller gets, and what Zuora saw.
@Suite(.serialized) struct FaultTests {
    @Test(arguments: FaultTable.effects)
    func `upstream failures lead to the response and the calls in the table`(effect: String) async throws {
        var settings = SceneSettings()
        settings.routes = FaultRow.routes
        try await Scene.run(settings) { scene in
            for row in FaultTable.rows where row.effect == effect {
                try Self.check(row, scene)
                for route in row.siblings { try Self.check(row.on(route), scene) }
            }
        }
    }

    private static func check(_ row: FaultRow, _ scene: Scene) throws {
        try scene.control.forget()
        try scene.control.call("POST", "reset", #"{"only":["jobs"]}"#)
        // The last completed job of a stateful project.
        try scene.control.call(
            "POST", "jobs", #"{"id":"nightly","entity":"emea","status":"completed","partner":"sandbox","project":"nightly"}"#)
        // So that a connection to Zuora stands open, as it mostly does.
        _ = try scene.send(.get("executing.warm", ["X-Zuora-Tenant": "acme"]))
        try scene.control.call("POST", "reset", #"{"only":["book"]}"#)
        let request = row.request
        let times = row.times.map { #","times":\#($0)"# } ?? ""
        try scene.control.fault(
            #"{"effect":"\#(row.effect)","match":{"method":"\#(request.method)","path":"\#(request.path)"}\#(times)}"#)
        let trackID = "\(row.route)-\(row.effect)"
        let sent = request.with("X-Zuora-Tenant", "acme").with("Zuora-Track-Id", trackID).with("X-Request-Timeout", "10")
        let wire = try scene.connect()
        wire.send(sent)
        do {
            let response = try wire.receive()
            scene.note(response.raw)
            #expect(String(response.status) == row.status, "\(row)")
            #expect(response.outcome == row.outcome, "\(row)")
            #expect(response.problem == row.problem, "\(row)")
            #expect(response.all("Zuora-Track-Id") == [trackID], "\(row)")
            for name in ["WWW-Authenticate", "Set-Cookie", "X-Hop", "Proxy-Authenticate"] {
                #expect(response[name] == nil, "\(row)")
            }
        } catch let failure as Wire.Failure {
            #expect(row.status == "cut" && (failure == .cut || failure == .noResponse), "\(row): \(failure)")
        }
        let calls = try scene.control.calls()
        #expect(calls.map { "\($0.method.prefix(1))\($0.status)" } == row.calls, "\(row)")
        #expect(calls.allSatisfy { $0.trackID == trackID }, "\(row)")
        #expect(calls.count { $0.method == "POST" && $0.acted } <= 1, "\(row)")
    }

    @Test func `a cancel whose response was lost is verified, and is a 200`() async throws {
        try await Scene.run { scene in
            for effect in ["reset", "close", "reset-after-head", "truncate", "hold", "bad-gzip"] {
                let job = "executing.\(effect)"
                let suffix = ["reset", "close", "hold"].contains(effect) ? "-after-send" : ""
                try scene.control.fault(
                    #"{"name":"f","effect":"\#(effect)\#(suffix)","match":{"method":"DELETE"},"times":1}"#)
                let response = try scene.send(.cancel(job, ["X-Zuora-Tenant": "acme", "X-Request-Timeout": "5"]))
                if effect == "hold" {
                    // Nothing is left of the time: then the truth is that nobody knows.
                    #expect(response.status == 504)
                    #expect(response.problem == "cancel-unverified")
                    #expect(response.json["may_have_reached_zuora"] as? Bool == true)
                } else {
                    #expect(response.status == 200, "\(effect)")
                    #expect(response.outcome == "cancelled", "\(effect)")
                    #expect(response.json["status"] as? String == "cancelled", "\(effect)")
                }
            }
        }
    }

    @Test func `a truncated response is retried in time, or aborts the connection, but never looks complete`()
        async throws
    {
        try await Scene.run { scene in
            for effect in ["reset-after-head", "close-after-head", "truncate", "reset-in-body"] {
                for request in [Request.get("executing.1"), .submit] {
                    try scene.control.forget()
                    try scene.control.fault(#"{"effect":"\#(effect)","match":{"method":"\#(request.method)"}}"#)
                    do {
                        let response = try scene.send(request.with("X-Zuora-Tenant", "acme"))
                        #expect(
                            response.status == 502 && response.problem == "upstream-answer-broken", "\(request.method) \(effect)")
                    } catch let failure as Wire.Failure {
                        #expect(failure == .cut || failure == .noResponse)
                    }
                    if request.method == "POST" { #expect(try scene.control.calls().count == 1) }
                }
            }
        }
    }

    @Test func `a truncated file never ends cleanly`() async throws {
        let effects = [
            "reset-after-head", "close-after-head", "reset-in-body", "truncate", "truncate-100", "reset-at-100", "gzip-crc",
            "gzip-length",
        ]
        try await Scene.run { scene in
            for effect in effects {
                for coding in ["gzip", "identity"] {
                    let wire = try scene.connect()
                    wire.send(.file("fault-\(effect)", ["X-Zuora-Tenant": "acme", "Accept-Encoding": coding]))
                    let isDamaged = effect.hasPrefix("gzip-")
                    // Damaged gzip is relayed to those who decode it themselves, and they will see it.
                    if isDamaged, coding == "gzip" { continue }
                    do {
                        let response = try wire.receive()
                        #expect(response.status == 502, "\(effect), \(coding)")
                    } catch let failure as Wire.Failure {
                        #expect(failure == .cut || failure == .noResponse, "\(effect), \(coding)")
                    }
                }
            }
        }
    }
}

/// One line of the table.
struct FaultRow: CustomStringConvertible {
    var route: String
    var effect: String
    /// How many attempts are struck; nil: all.
    var times: Int?
    /// `cut`: the connection is broken.
    var status: String
    var outcome: String?
    var problem: String?
    var calls: [String]
    private let line: String

    /// `route effect times status outcome problem calls…`; `-` is nothing.
    init?(_ line: Substring) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count > 6 else { return nil }
        func optional(_ word: String) -> String? { word == "-" ? nil : word }
        (route, effect, times, status) = (words[0], words[1], Int(words[2]), words[3])
        (outcome, problem, calls) = (optional(words[4]), optional(words[5]), Array(words[6...]))
        self.line = String(line)
    }

    var description: String { "\(route): \(line)" }

    static let routes = """
        ["aqua.cancel", "aqua.get", "aqua.submit", "aqua.last", "files.get", "files.status", "dataquery.cancel", "dataquery.get", \
        "dataquery.list", "dataquery.submit"]
        """

    /// Routes of which the same holds.
    var siblings: [String] {
        switch route {
        case "aqua.get": ["aqua.last", "files.status", "dataquery.get", "dataquery.list"]
        case "aqua.submit": ["dataquery.submit"]
        default: []
        }
    }

    func on(_ route: String) -> FaultRow {
        var row = self
        row.route = route
        return row
    }

    var request: Request {
        switch route {
        case "aqua.last": .get("partner/sandbox/project/nightly")
        case "files.status": .file("file-64KiB/status")
        case "dataquery.get": Request("GET", "/query/jobs/executing.1")
        case "dataquery.list": Request("GET", "/query/jobs")
        case "dataquery.submit":
            Request(
                "POST", "/query/jobs", ["Content-Type": "application/json"],
                body: #"{"query":"select Id from Account","compression":"NONE","output":{"target":"S3"},"outputFormat":"JSON"}"#)
        case "aqua.cancel": .cancel("executing.1")
        case "aqua.get": .get("executing.1")
        case "aqua.submit": .submit
        case "files.get": .file("file-64KiB")
        default: .cancelDataQuery("executing.1")
        }
    }
}
