import TestSupport
import Testing
import Wire

@testable import ZuoraSandbox

extension SocketTests {
    @Suite struct ServerTests {
        @Test func `a token is fetched, and a job submitted, read and cancelled, over one connection`() async throws {
            try await ServerBench.with { server, _ in
                let client = try RawClient(server)
                let grant = "client_id=\(SandboxClient.acme.id)&client_secret=sandbox-secret&grant_type=client_credentials"
                let form = Field("Content-Type", "application/x-www-form-urlencoded")
                let granted = client.call("POST", "/oauth/token", fields: [form], body: Array(grant.utf8))
                let token = try #require(try granted.json()["access_token"] as? String)
                let fields = [Field("Authorization", "Bearer \(token)"), Field("Zuora-Entity-Ids", Bench.emea)]
                let submission = Bench.submission(name: "executing=1h").serialized
                let job = try client.call("POST", "/v1/batch-query", fields: fields, body: submission).json()
                let path = Bench.jobPath(try #require(job["id"] as? String))
                #expect(try client.call("GET", path, fields: fields).json()["status"] as? String == "submitted")
                let cancelled = client.call("DELETE", path, fields: fields)
                #expect(cancelled.status == 200 && cancelled.ending == .whole)
                #expect(try cancelled.json()["status"] as? String == "cancelled")
                #expect(cancelled["Connection"] == nil)
            }
        }

        @Test func `requests sent at once on one connection get responses in order`() async throws {
            try await ServerBench.with { server, fields in
                let client = try RawClient(server)
                for number in 0..<20 { client.send("GET", Bench.jobPath("executing.\(number)"), fields: fields) }
                for number in 0..<20 { #expect(try client.response().json()["id"] as? String == "executing.\(number)") }
            }
        }

        @Test(arguments: Delivery.Framing.allCases)
        func `a response is framed as the setting says`(framing: Delivery.Framing) async throws {
            var settings = SandboxSettings()
            settings.framing = framing
            try await ServerBench.with(settings) { server, fields in
                var client = try RawClient(server)
                for path in [Bench.jobPath("executing"), "/v1/files/file-200KiB"] {
                    if framing == .close { client = try RawClient(server) }
                    let response = client.call("GET", path, fields: fields)
                    #expect(response.status == 200 && response.ending == .whole && !response.body.isEmpty)
                    #expect((response["Transfer-Encoding"] != nil) == (framing == .chunked))
                    #expect((response["Content-Length"] != nil) == (framing == .length))
                    #expect(response.isCloseDelimited == (framing == .close))
                }
            }
        }

        @Test func `an HTTP 1.0 client never gets chunks`() async throws {
            try await ServerBench.with { server, fields in
                for effect in [nil, "split-100", "goodbye"] {
                    if let effect { try await ServerBench.fault(server, effect) }
                    let client = try RawClient(server)
                    let response = client.call("GET", "/v1/files/file-1000", fields: fields, version: "1.0")
                    #expect(response.isCloseDelimited && response.body.count == 1000)
                }
            }
        }

        @Test(arguments: [nil, "goodbye"])
        func `a response to HEAD has no body`(effect: String?) async throws {
            try await ServerBench.with { server, fields in
                if let effect { try await ServerBench.fault(server, effect) }
                let client = try RawClient(server)
                client.send("HEAD", "/v1/files/file-1000", fields: fields)
                #expect(client.response(toHead: true).status == 405)
                #expect(effect == nil ? client.isSilent() : client.isEnded())
            }
        }

        @Test func `Date is said once, and follows the stand-in's own clock`() async throws {
            try await ServerBench.with { server, fields in
                let client = try RawClient(server)
                let advanced = client.call("POST", "/_sandbox/clock", body: Array(#"{"advance":"30m"}"#.utf8))
                #expect(advanced.status == 200 && advanced.all("Date").count == 1)
                let dates = client.call("GET", Bench.jobPath("executing"), fields: fields).all("Date")
                try #require(dates.count == 1)
                let date = try #require(WallTime(httpDate: dates[0], now: .now()))
                #expect(date.seconds - WallTime.now().seconds > 29 * 60)
            }
        }

        @Test func `a request's gzip body is read`() async throws {
            try await ServerBench.with { server, fields in
                let client = try RawClient(server)
                let body = SandboxZuora.compress(Bench.submission(name: "nightly").serialized)
                let response = client.call(
                    "POST", "/v1/batch-query", fields: fields + [Field("Content-Encoding", "gzip")], body: body)
                #expect(try response.json()["name"] as? String == "nightly")
            }
        }

        @Test func `the book records the caller, and whether its response was delivered`() async throws {
            try await ServerBench.with { server, fields in
                let client = try RawClient(server)
                _ = client.call("DELETE", Bench.jobPath("executing"), fields: fields)
                let broken = client.call("DELETE", Bench.jobPath("fault-reset-after-send"), fields: fields)
                #expect(broken.ending == .reset && broken.status == 0)
                let calls = try #require(await server.book(since: 1)["calls"]?.array)
                #expect(calls.map { $0["peer"] } == ["127.0.0.1", "127.0.0.1"])
                #expect(calls.map { $0["whole"] } == [true, false])
                #expect(calls.map { $0["acted"] } == [true, true])
            }
        }

        @Test func `a malformed request is refused, and is not in the book`() async throws {
            try await ServerBench.with { server, _ in
                let client = try RawClient(server)
                client.send(Array("GET  / HTTP/1.1\r\n\r\n".utf8))
                #expect(client.response().status == 400 && client.isEnded())
                #expect(await server.book(since: 1)["calls"]?.array?.isEmpty == true)
            }
        }

        @Test func `fifty slow calls are under way at the same time`() async throws {
            var settings = SandboxSettings()
            settings.concurrencyLimit = 100
            try await ServerBench.with(settings) { server, fields in
                let rule = #"{"effect":"slow-300ms"}"#
                let control = try RawClient(server)
                #expect(control.call("POST", "/_sandbox/faults", body: Array(rule.utf8)).status == 201)
                let clients = try (0..<50).map { _ in try RawClient(server) }
                for (number, client) in clients.enumerated() {
                    client.send("GET", Bench.jobPath("executing.\(number)"), fields: fields)
                }
                for client in clients { #expect(client.response().status == 200) }
                let status = try control.call("GET", "/_sandbox/status").json()
                let peaks = try #require(status["peak_in_flight"] as? [String: Int])
                #expect(peaks.values.max() == 50)
                let calls = try #require(await server.book(since: 1)["calls"]?.array)
                #expect(calls.count == 50)
                for call in calls {
                    let taken = try #require(call["finished_ms"]?.int) - (try #require(call["at_ms"]?.int))
                    #expect(taken >= 299)
                }
            }
        }

        @Test func `stop returns when it has cut a connection, every time`() async throws {
            for _ in 0..<100 {
                let server = try await SandboxServer.start()
                let client = try RawClient(server)
                #expect(client.call("GET", "/_sandbox").status == 200)
                await server.stop()
                #expect(client.response().ending == .reset)
            }
        }

        @Test func `stop ends calls that are held or delayed, and frees the address`() async throws {
            let server = try await SandboxServer.start()
            let delayed = try RawClient(server)
            let held = try RawClient(server)
            for effect in ["slow-1h", "hold"] {
                try await ServerBench.fault(server, effect)
                if effect == "hold" { held.send("GET", "/v1/files/x") } else { delayed.send("GET", "/v1/files/x") }
                let control = try RawClient(server)
                while try control.call("GET", "/_sandbox/status").json()["calls"] as? Int != (effect == "hold" ? 2 : 1) {}
            }
            await server.stop()
            #expect(delayed.response().ending == .reset)
            #expect(held.response().ending == .reset)
            let next = try await SandboxServer.start(address: server.address)
            #expect(next.address == server.address)
            await next.stop()
        }
    }
}
