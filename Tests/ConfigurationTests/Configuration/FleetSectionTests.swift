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

    @Test func `the section waits for a restart, and its files are checked`() throws {
        let text =
            "[fleet]\nurl = \"rediss://redis\"\npassword = { file = \"/p\" }\nkey = { file = \"/k\" }\nca_file = \"/c\"\n" + acme
        let configuration = try parse(text)
        #expect(configuration.keysAwaitingRestart(since: try parse(acme)) == ["fleet"])
        #expect(configuration.secretSources.map(\.keyPath) == ["fleet.password", "fleet.key", "tenants.acme.client_secret"])
        #expect(configuration.files.map(\.keyPath) == ["fleet.ca_file"])
    }

    @Test func `every example of the reference is accepted`() {
        for field in Schema.fleet.fields {
            guard let example = field.example else { continue }
            let others =
                switch field.name {
                case "url": ""
                case "username": "url = \"rediss://redis\"\npassword = { file = \"/p\" }"
                case "client_certificate": "url = \"rediss://redis\"\nclient_key = \"/k\""
                case "client_key": "url = \"rediss://redis\"\nclient_certificate = \"/c\""
                default: "url = \"rediss://redis\""
                }
            #expect(errors("[fleet]\n\(others)\n\(field.name) = \(example)\n" + acme) == [], "\(field.name)")
        }
    }
}
