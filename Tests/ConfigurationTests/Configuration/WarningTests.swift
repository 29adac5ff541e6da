import Testing

@Suite struct WarningTests {
    let head = "[tenants.acme]\nenvironment = \"us1\"\nclient_id = \"id\"\nclient_secret = { file = \"/s\" }\n"

    @Test func `a file that is as it should be has no warning`() throws {
        #expect(try warnings(head) == [])
    }

    @Test func `a warning is printed as one`() throws {
        #expect(
            try warnings(head + "concurrency = 41")
                == ["proxy.conf:5: warning: tenants.acme.concurrency: above 40, Zuora's limit for one entity (429)"])
    }

    @Test(arguments: [
        ("concurrency = 40", 0),
        (
            "concurrency = 80\nentities = { a = \"e20b074746884ad5801468daf10e501d\", b = \"8a8082c15f0a4c2e9d4b0a6b7c8d9e0f\" }",
            0
        ),
        ("entity_concurrency = 21", 1), ("burst = 3", 1), ("burst = 3\nrate = 1", 0), ("timeout = \"4s\"", 0),
        ("timeout = \"4s\"\nconnect_timeout = \"1s\"\nqueue_timeout = \"1s\"", 0),
        ("first_byte_timeout = \"200s\"", 1), ("connect_timeout = \"60s\"\n[upstream]\ntimeout = \"30s\"", 1),
        ("[upstream]\ntimeout = \"4s\"", 0), ("timeout = \"4s\"\nconnect_timeout = \"5s\"\nqueue_timeout = \"5s\"", 2),
        ("queue_timeout = \"200s\"", 1), ("queue_timeout = \"5s\"\n[upstream]\ntimeout = \"4s\"", 1),
        ("timeout = \"4s\"\n[upstream]\nconnect_timeout = \"5s\"", 1),
    ])
    func `what has no effect or asks for trouble is warned of once`(body: String, count: Int) throws {
        let found = try warnings(head + body)
        #expect(found.count == count, "\(found)")
    }

    @Test func `a secret in the environment is warned of`() throws {
        let found = try warnings(head.replacing("{ file = \"/s\" }", with: "{ env = \"SECRET\" }"))
        #expect(
            found.count == 1
                && found[0].contains("proxy.conf:4: warning: tenants.acme.client_secret: SECRET can be read in /proc"))
    }

    @Test func `keys of a token request are warned of with a static token`() throws {
        let found = try warnings("[tenants.acme]\nenvironment = \"us1\"\ntoken = { file = \"/t\" }\ntoken_url = \"/x\"")
        #expect(found == ["proxy.conf:4: warning: tenants.acme.token_url: has no effect with a static token"])
    }
}
