import Policy
import Testing

@testable import Configuration

@Suite struct FleetSectionTests {
    private func fleet(_ lines: String) throws -> FleetSettings? { try parse("[fleet]\n\(lines)\n" + acme).fleet }

    @Test func `without the section there is no fleet`() throws {
        #expect(try parse(acme).fleet == nil)
        #expect(errors("[fleet]\n" + acme).count == 1)
    }

    @Test func `a store is reached over TLS, on loopback, or by a Unix socket`() throws {
        let remote = try fleet("url = \"rediss://redis.shop.svc\"\nusername = \"zg\"\npassword = { file = \"/p\" }")
        #expect(remote?.connection.url == "https://redis.shop.svc:6379")
        #expect(remote?.username == "zg" && remote?.password == .file(path: "/p"))
        #expect(remote?.connection.proxy == "", "never through a proxy")
        #expect(try fleet("url = \"redis://127.0.0.1:7000\"\npassword = \"p\"")?.connection.url == "http://127.0.0.1:7000")
        #expect(try fleet("url = \"unix:/run/redis.sock\"")?.connection.unixSocket == "/run/redis.sock")
    }

    @Test func `sentinels name the server, and nodes the rest of a cluster`() throws {
        let watched = try fleet(
            """
            sentinels = ["rediss://s0.svc", "rediss://[fd00::1]:7000"]
            master = "mymaster"
            sentinel_username = "asker"
            sentinel_password = { file = "/s" }
            connect_timeout = "2s"
            """)
        #expect(watched?.kind == .sentinels(master: "mymaster"))
        #expect(watched?.addresses.map(\.description) == ["s0.svc:26379", "[fd00::1]:7000"])
        #expect(watched?.sentinelUsername == "asker" && watched?.sentinelPassword == .file(path: "/s"))
        #expect(watched?.attemptTimeout == .seconds(1))
        for address in watched?.addresses ?? [] {
            #expect(watched?.connection(to: address).url == "https://\(address)")
            #expect(watched?.connection(to: address).connectTimeout == .seconds(1))
        }
        let hasty = try fleet("sentinels = [\"rediss://a\", \"rediss://b\"]\nmaster = \"m\"\nconnect_timeout = \"10ms\"")
        #expect(hasty?.attemptTimeout == .milliseconds(100), "libcurl reads 0 ms as no limit")
        let cluster = try fleet("cluster = [\"redis://127.0.0.1:7000\", \"redis://localhost\"]\npassword = \"p\"")
        #expect(cluster?.kind == .cluster)
        #expect(cluster?.addresses.map(\.description) == ["127.0.0.1:7000", "localhost:6379"])
        let named = try #require(StoreAddress(host: "127.0.0.1", port: 7001))
        #expect(cluster?.connection(to: named).url == "http://127.0.0.1:7001")
        #expect(cluster?.connection(to: named).connectTimeout == .seconds(2))
    }

    @Test(arguments: [
        "sentinels = [\"rediss://s0\"]", "master = \"m\"\nurl = \"rediss://redis\"",
        "cluster = [\"rediss://r\"]\nmaster = \"m\"",
        "url = \"rediss://redis\"\nsentinel_password = { file = \"/p\" }", "url = \"rediss://redis\"\ncluster = [\"rediss://r\"]",
        "sentinels = [\"rediss://s0\"]\nmaster = \"m\"\nsentinel_username = \"u\"",
        "sentinels = [\"rediss://s0\"]\nmaster = \"m\"\nsentinel_password = \"literal\"",
        "cluster = [\"rediss://r\", \"redis://127.0.0.1\"]", "cluster = [\"redis://redis.shop.svc\"]", "cluster = []",
        "cluster = [\"redis.shop.svc:6379\"]", "cluster = [\"unix:/run/redis.sock\"]",
        "cluster = [\"rediss://r\", \"rediss://r\"]",
        "sentinels = [\"rediss://s0\"]\nmaster = \"my master\"", "master = \"m\"\nname = \"n\"",
        "cluster = [" + (0..<17).map { "\"rediss://r\($0)\"" }.joined(separator: ", ") + "]",
    ])
    func `a store is in one place, all of which is reached in the same way`(lines: String) {
        #expect(!errors("[fleet]\n\(lines)\n" + acme).isEmpty)
    }

    @Test(arguments: [
        "url = \"redis://redis.shop.svc\"", "url = \"http://redis\"", "url = \"rediss://redis/0\"", "url = \"redis\"",
        "url = \"rediss://user:secret@redis\"", "url = \"unix:redis.sock\"", "url = \"rediss://redis\"\npassword = \"literal\"",
        "url = \"rediss://redis\"\nkey = \"literal\"", "url = \"rediss://redis\"\nusername = \"zg\"",
        "url = \"rediss://redis\"\nclient_key = \"k\"", "url = \"rediss://redis\"\nmembers = 0",
        "url = \"rediss://redis\"\nidle_timeout = \"3s\"",
    ])
    func `what could leak or mislead is an error`(lines: String) {
        #expect(errors("[fleet]\n\(lines)\n" + acme).count == 1)
    }

    @Test func `members share what works unless told otherwise, and slots where a tenant has a limit for all`() throws {
        let standard = try fleet("url = \"rediss://redis\"")
        #expect(standard?.share == FleetSettings.Shared.allCases && standard?.whenLost == .local)
        #expect(standard?.lease == .seconds(6) && standard?.crashHold == nil)
        let lines = "url = \"rediss://redis\"\nshare = \"slots\"\nlease = \"3s\"\nwhen_lost = \"wait\"\ncrash_hold = \"40s\""
        let other = try fleet(lines)
        #expect(other?.share == [.slots] && other?.whenLost == .wait && other?.lease == .seconds(3))
        #expect(other?.crashHold == .seconds(40))
        #expect(try parse(acme + "\nfleet_rate = 600").tenants[0].admission.fleetRate == 600)
        #expect(try parse(acme + "\nfleet_concurrency = 36").tenants[0].admission.fleetConcurrency == 36)
        #expect(try parse(acme).tenants[0].admission.fleetConcurrency == nil)
    }

    @Test func `a limit for all members without a fleet that shares slots is warned of`() throws {
        let tenant = acme + "\nfleet_concurrency = 36"
        let store = "[fleet]\nurl = \"rediss://redis\"\n"
        #expect(try warnings(tenant).count { $0.contains("fleet_concurrency: has no effect without [fleet]") } == 1)
        let found = try warnings(store + "share = \"tokens\"\n" + tenant)
        #expect(found.count { $0.contains("fleet_concurrency: has no effect unless [fleet] shares slots") } == 1)
        let rate = try warnings(store + "share = [\"tokens\", \"slots\"]\n" + acme + "\nfleet_rate = 600")
        #expect(rate.count { $0.contains("fleet_rate: has no effect unless [fleet] shares rates") } == 1)
        #expect(try warnings(store + tenant).allSatisfy { !$0.contains("fleet_concurrency") })
    }

    @Test func `the section waits for a restart, and its files are checked`() throws {
        let text =
            "[fleet]\nurl = \"rediss://redis\"\npassword = { file = \"/p\" }\nkey = { file = \"/k\" }\nca_file = \"/c\"\n" + acme
        let configuration = try parse(text)
        #expect(configuration.keysAwaitingRestart(since: try parse(acme)) == ["fleet"])
        let sentinels = "[fleet]\nsentinels = \"rediss://s\"\nmaster = \"m\"\nsentinel_password = { file = \"/s\" }\n" + acme
        #expect(try parse(sentinels).secretSources.map(\.keyPath).contains("fleet.sentinel_password"))
        #expect(configuration.secretSources.map(\.keyPath) == ["fleet.password", "fleet.key", "tenants.acme.client_secret"])
        #expect(configuration.files.map(\.keyPath) == ["fleet.ca_file"])
    }

    @Test func `every example of the reference is accepted`() {
        for field in Schema.fleet.fields {
            guard let example = field.example else { continue }
            let others =
                switch field.name {
                case "url", "cluster": ""
                case "sentinels": "master = \"m\""
                case "master": "sentinels = [\"rediss://s\"]"
                case "sentinel_username": "sentinels = [\"rediss://s\"]\nmaster = \"m\"\nsentinel_password = { file = \"/p\" }"
                case "sentinel_password": "sentinels = [\"rediss://s\"]\nmaster = \"m\""
                case "username": "url = \"rediss://redis\"\npassword = { file = \"/p\" }"
                case "client_certificate": "url = \"rediss://redis\"\nclient_key = \"/k\""
                case "client_key": "url = \"rediss://redis\"\nclient_certificate = \"/c\""
                default: "url = \"rediss://redis\""
                }
            #expect(errors("[fleet]\n\(others)\n\(field.name) = \(example)\n" + acme) == [], "\(field.name)")
        }
    }
}
