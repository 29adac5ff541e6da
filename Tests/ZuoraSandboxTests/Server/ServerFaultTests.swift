import TestSupport
import Testing
import Wire

@testable import ZuoraSandbox

extension SocketTests {
    @Suite struct ServerFaultTests {
        /// What a caller sees of the download of a file.
        struct Sight: Sendable {
            var effect: String
            var status: Int
            var bytes: Range<Int>
            var ending: RawResponse.Ending

            init(_ effect: String, _ status: Int, _ bytes: Range<Int>, _ ending: RawResponse.Ending) {
                self.effect = effect
                self.status = status
                self.bytes = bytes
                self.ending = ending
            }
        }

        static let half = 32768..<32769
        static let whole = 65536..<65537
        static let none = 0..<1

        @Test(
            arguments: [Delivery.Framing.chunked, .length],
            [
                Sight("close", 0, none, .closed), Sight("reset", 0, none, .reset),
                Sight("close-after-send", 0, none, .closed), Sight("reset-after-send", 0, none, .reset),
                Sight("close-after-head", 200, none, .closed), Sight("reset-after-head", 200, none, .reset),
                Sight("truncate", 200, half, .closed), Sight("reset-in-body", 200, half, .reset),
                Sight("truncate-100", 200, 100..<101, .closed), Sight("reset-at-100", 200, 100..<101, .reset),
                Sight("goodbye", 200, whole, .whole), Sight("interim-103", 200, whole, .whole),
                Sight("split-7", 200, whole, .whole), Sight("drip-1MiB", 200, whole, .whole),
                Sight("slow-20ms", 200, whole, .whole), Sight("slow-body-20ms", 200, whole, .whole),
                Sight("slow-20ms+reset", 0, none, .reset), Sight("slow-body-20ms+truncate", 200, half, .closed),
                Sight("split-1000+interim-102+truncate", 200, half, .closed),
            ])
        func `a download ends as its fault says, and carries the right bytes until then`(
            framing: Delivery.Framing, sight: Sight
        ) async throws {
            var settings = SandboxSettings()
            settings.framing = framing
            try await ServerBench.with(settings) { server, fields in
                let client = try RawClient(server)
                let id = "fault-\(sight.effect)"
                let response = client.call("GET", "/v1/files/\(id)", fields: fields)
                #expect(response.status == sight.status)
                #expect(response.ending == sight.ending)
                #expect(sight.bytes.contains(response.body.count))
                let content = SyntheticContent(count: 64 << 10, seed: fingerprint(id.utf8))
                #expect(response.body == content.bytes(0..<response.body.count))
                if sight.effect.hasPrefix("slow"), sight.ending == .whole {
                    #expect(client.call("GET", "/v1/files/x", fields: fields).status == 404, "the connection is kept")
                }
            }
        }

        @Test(arguments: ["truncate", "reset-in-body", "drip-1MiB+truncate"], [0, 64 << 10, 1_000_001])
        func `a download that is compressed while it is sent breaks halfway through its content`(
            effect: String, size: Int
        ) async throws {
            try await ServerBench.with { server, fields in
                try await ServerBench.fault(server, effect)
                let client = try RawClient(server)
                let path = "/v1/files/file-\(size)"
                let response = client.call("GET", path, fields: fields + [Field("Accept-Encoding", "gzip")])
                #expect(response.ending == (effect == "reset-in-body" ? .reset : .closed))
                let content = SyntheticContent(count: size, seed: fingerprint("file-\(size)".utf8))
                var decoded: [UInt8] = []
                if size > 0 {
                    #expect(response["Content-Encoding"] == "gzip")
                    _ = try Inflater().inflate(response.body.span, appendingTo: &decoded, maximumOutput: size)
                }
                #expect(decoded == content.bytes(0..<size / 2))
            }
        }

        @Test(arguments: ["close-delimited", "goodbye", "interim-103", "split-7"])
        func `a response over the raw connection announces the close, and closes`(effect: String) async throws {
            try await ServerBench.with { server, fields in
                try await ServerBench.fault(server, effect)
                let client = try RawClient(server)
                let response = client.call("GET", Bench.jobPath("executing"), fields: fields)
                #expect(response.ending == .whole && response.all("Connection") == ["close"])
                #expect(response.interim == (effect == "interim-103" ? [103] : []))
                #expect(response.isCloseDelimited == (effect == "close-delimited"))
                #expect(client.isEnded())
            }
        }

        @Test func `a drip comes a tenth of a second's worth at a time`() async throws {
            try await ServerBench.with { server, fields in
                let client = try RawClient(server)
                let response = client.call("GET", "/v1/files/fault-drip-100KiB", fields: fields)
                #expect(response.ending == .whole && response.chunks == Array(repeating: 10240, count: 6) + [4096])
                let call = try #require(await server.book(since: 1)["calls"]?.array?.first)
                let taken = try #require(call["finished_ms"]?.int) - (try #require(call["at_ms"]?.int))
                #expect(taken >= 600)
            }
        }

        @Test func `a reset comes after all the bytes before it, however slowly they are read`() async throws {
            try await ServerBench.with { server, fields in
                try await ServerBench.fault(server, "reset-at-20MiB")
                let client = try RawClient(server)
                client.send("GET", "/v1/files/file-30MiB", fields: fields)
                let other = try RawClient(server)
                for _ in 0..<50 { #expect(other.call("GET", "/_sandbox").status == 200) }
                #expect(client.response().body.count == 20 << 20)
            }
        }

        @Test func `a held call is silent, stays in flight, and does not block others`() async throws {
            try await ServerBench.with { server, fields in
                let other = try RawClient(server)
                for (effect, silent) in [("hold", true), ("hold-in-body", false), ("slow-1h", true)] {
                    try await ServerBench.fault(server, effect, times: 1)
                    do {
                        let held = try RawClient(server)
                        held.send("GET", "/v1/files/file-1KiB", fields: fields)
                        while Self.inFlight(try other.call("GET", "/_sandbox/status").json()) == 0 {}
                        #expect(other.call("DELETE", Bench.jobPath("executing"), fields: fields).status == 200)
                        #expect(held.isSilent() == silent)
                    }
                    // Its caller has gone.
                    while Self.inFlight(try other.call("GET", "/_sandbox/status").json()) != 0 {}
                }
                let calls = try #require(await server.book(since: 1)["calls"]?.array)
                #expect(calls.filter { $0["method"] == "GET" }.map { $0["whole"] } == [false, false, false])
            }
        }

        private static func inFlight(_ status: [String: Any]) -> Int {
            (status["in_flight"] as? [String: Int])?.values.reduce(0, +) ?? 0
        }

        @Test func `a rule that only suppresses the operation yields a 500`() async throws {
            try await ServerBench.with { server, fields in
                let client = try RawClient(server)
                let rule = #"{"effect":{"acts":false}}"#
                #expect(client.call("POST", "/_sandbox/faults", body: Array(rule.utf8)).status == 201)
                let response = client.call("DELETE", Bench.jobPath("executing"), fields: fields)
                #expect(response.status == 500 && response.ending == .whole)
            }
        }

        @Test(arguments: [204, 304])
        func `a response without a body has none, with either delivery`(status: Int) async throws {
            try await ServerBench.with { server, fields in
                for also in ["", #","and":"goodbye""#] {
                    let client = try RawClient(server)
                    let rule = #"{"name":"x","effect":{"status":\#(status),"body":"no"\#(also)}}"#
                    #expect(client.call("POST", "/_sandbox/faults", body: Array(rule.utf8)).status == 201)
                    let response = client.call("DELETE", Bench.jobPath("executing"), fields: fields)
                    #expect(response.status == status && response.body.isEmpty)
                    #expect(response["Transfer-Encoding"] == nil)
                    #expect(also.isEmpty ? client.isSilent() : client.isEnded())
                }
            }
        }

        @Test func `fields that no proxy may pass on go out as they are`() async throws {
            try await ServerBench.with { server, fields in
                let client = try RawClient(server)
                let response = client.call("DELETE", Bench.jobPath("fault-leaky-fields"), fields: fields)
                #expect(response.status == 200 && response.ending == .whole)
                for name in ["Set-Cookie", "WWW-Authenticate", "Keep-Alive", "Proxy-Authenticate", "X-Hop"] {
                    #expect(response[name] != nil, "\(name)")
                }
            }
        }
    }
}
