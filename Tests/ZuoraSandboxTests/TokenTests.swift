import Testing
import Wire

@testable import ZuoraSandbox

@Suite struct TokenTests {
    var bench = Bench()

    @Test mutating func `a token call gets the response of the reference`() throws {
        let reply = bench.grant(fields: [Field("Zuora-Track-Id", "t-1")])
        #expect(reply.status == 200)
        let token = try #require(reply.json?["access_token"]?.string)
        #expect(token.wholeMatch(of: /sandbox-[0-9a-f]{24}/) != nil)
        #expect(reply.json?["expires_in"]?.int == 3599)
        #expect(reply.json?["token_type"]?.string == "bearer")
        #expect(reply.json?["jti"]?.string?.isEmpty == false)
        #expect(reply.fields.first("Zuora-Track-Id") == "t-1")
        #expect(reply.fields.first("Zuora-Request-Id")?.utf8.count == 36)
        #expect(reply.fields.first("X-RateLimit-Limit-minute") == "100")
        #expect(reply.fields.first("X-RateLimit-Remaining-minute") == "99")
    }

    @Test mutating func `the scope names the user, each entity and the tenant`() throws {
        let scopes = try #require(bench.grant().json?["scope"]?.string).split(separator: " ").map(String.init)
        #expect(scopes.filter { $0.hasPrefix("entity.") } == ["entity.\(Bench.amer)", "entity.\(Bench.emea)"])
        #expect(scopes.contains("tenant.10001"))
        #expect(scopes.first?.hasPrefix("user.") == true && scopes.first?.utf8.count == 37)
    }

    @Test mutating func `an entity header narrows the token to that entity`() throws {
        let reply = bench.grant(fields: [Field("Zuora-Entity-Ids", Bench.amer)])
        #expect(reply.json?["scope"]?.string?.contains(Bench.amer) == true)
        #expect(reply.json?["scope"]?.string?.contains(Bench.emea) == false)
        let token = try #require(reply.json?["access_token"]?.string)
        #expect(bench.call("GET", Bench.jobPath("done"), token, entity: nil).status == 200)
        #expect(bench.grant(fields: [Field("Zuora-Entity-Ids", "8a8082c15f0a4c2e9d4b0a6b7c8d9e0f")]).status == 400)
    }

    @Test mutating func `an unknown client, a wrong secret and a deactivated user are refused each in its own form`() throws {
        let stranger = SandboxClient(id: "00000000-0000-0000-0000-000000000000", secret: "x", tenant: "acme")
        let unknown = bench.grant(stranger)
        #expect(unknown.status == 400)
        #expect(unknown.json?["path"]?.string == "/oauth/token")
        #expect(unknown.json?["message"]?.string?.contains("Invalid client id") == true)
        let wrong = bench.grant(secret: "guess")
        #expect(wrong.status == 401)
        #expect(wrong.json?["message"]?.string != nil)
        try bench.control("POST", "clients", ["id": .string(SandboxClient.acme.id), "deactivated": true])
        let deactivated = bench.grant()
        #expect(deactivated.status == 403)
        #expect(deactivated.json == ["path": "/oauth/token", "status": 403])
    }

    @Test mutating func `deactivating a client ends its tokens`() throws {
        let token = try bench.token()
        try bench.control("POST", "clients", ["id": .string(SandboxClient.acme.id), "deactivated": true])
        #expect(bench.call("GET", Bench.jobPath("done"), token).status == 401)
    }

    @Test(arguments: ["Authorization", "apiAccessKeyId", "apiSecretAccessKey", "authorization"])
    mutating func `a token call with other credentials is refused`(name: String) {
        #expect(bench.grant(fields: [Field(name, "Bearer x")]).status == 400)
    }

    @Test mutating func `only a form with client_credentials is taken`() {
        let json = SandboxRequest(
            "POST", "/oauth/token", fields: [Field("Content-Type", "application/json")], body: Array("{}".utf8))
        #expect(bench.send(json).status == 415)
        let password = SandboxRequest(
            "POST", "/oauth/token", fields: [Field("Content-Type", "application/x-www-form-urlencoded")],
            body: Array("client_id=\(SandboxClient.acme.id)&client_secret=sandbox-secret&grant_type=password".utf8))
        #expect(bench.send(password).status == 400)
        #expect(bench.send(SandboxRequest("GET", "/oauth/token")).status == 405)
    }

    @Test mutating func `a secret may be percent-encoded`() throws {
        try bench.control("POST", "clients", ["id": .string(SandboxClient.acme.id), "secret": "a+b&c=%d"])
        #expect(bench.grant(secret: "a+b&c=%d").status == 401)
        #expect(bench.grant(secret: "a%2Bb%26c%3D%25d").status == 200)
    }

    @Test mutating func `a token serves until it expires, and not a moment longer`() throws {
        let token = try bench.token()
        bench.pass(.seconds(3600) - .nanoseconds(1))
        #expect(bench.call("GET", Bench.jobPath("done"), token).status == 200)
        bench.pass(.nanoseconds(1))
        let refused = bench.call("GET", Bench.jobPath("done"), token)
        #expect(refused.status == 401)
        #expect(refused.json == ["message": "Authentication error"])
    }

    @Test mutating func `an older token stays good beside a new one`() throws {
        let first = try bench.token()
        let second = try bench.token()
        #expect(first != second)
        #expect(bench.call("GET", Bench.jobPath("done"), first).status == 200)
        #expect(bench.call("GET", Bench.jobPath("done"), second).status == 200)
    }

    @Test mutating func `the hundred-and-first token call of an address in a minute is refused, and the next minute's is not`() {
        for _ in 1...100 { #expect(bench.grant().status == 200) }
        let refused = bench.grant()
        #expect(refused.status == 429)
        #expect(refused.fields.first("X-RateLimit-Remaining-minute") == "0")
        #expect(bench.grant(peer: "10.0.0.2").status == 200)
        bench.pass(.seconds(60))
        #expect(bench.grant().status == 200)
    }

    @Test mutating func `a tenant has a limit of its own`() throws {
        try bench.settings(["token_rate_per_tenant": 2])
        #expect(bench.grant(peer: "a").status == 200)
        #expect(bench.grant(peer: "b").status == 200)
        #expect(bench.grant(peer: "c").status == 429)
        #expect(bench.grant(.globex, peer: "d").status == 200)
    }

    @Test(arguments: TokenResponse.allCases)
    mutating func `every form of the token response can be chosen`(form: TokenResponse) throws {
        try bench.settings(["token_answer": .string(form.rawValue)])
        let reply = bench.grant()
        let json = reply.json
        let seconds = json?["expires_in"]
        switch form {
        case .normal: #expect(seconds == 3599)
        case .noExpiresIn: #expect(json != nil && seconds == nil)
        case .stringExpiresIn: #expect(seconds == "3599")
        case .floatExpiresIn: #expect(seconds?.double == 3599.5)
        case .zeroExpiresIn: #expect(seconds == 0)
        case .negativeExpiresIn: #expect(seconds == -1)
        case .absurdExpiresIn: #expect(seconds?.number?.text == "18446744073709551615")
        case .nullExpiresIn: #expect(seconds == .null)
        case .noToken: #expect(json != nil && json?["access_token"] == nil)
        case .emptyToken: #expect(json?["access_token"] == "")
        case .spacedToken: #expect(json?["access_token"]?.string?.contains(" ") == true)
        case .brokenToken: #expect(json?["access_token"]?.string?.contains("\r\n") == true)
        case .noScope: #expect(json != nil && json?["scope"] == nil)
        case .html: #expect(reply.fields.first("Content-Type") == "text/html" && json == nil)
        case .empty: #expect(reply.body.count == 0)
        case .truncatedJSON: #expect(json == nil && reply.text.hasPrefix("{\"access_token\""))
        case .array: #expect(json == [])
        case .huge: #expect(reply.body.count > 2 << 20)
        case .slow: #expect(reply.delivery.delay == .seconds(2))
        case .redirect: #expect(reply.fields.first("Location") == "/oauth/elsewhere")
        }
        #expect(reply.status == (form == .redirect ? 302 : 200))
    }

    @Test mutating func `a form can be asked for a number of calls only`() throws {
        try bench.control("POST", "faults", ["match": ["path": "/oauth/token"], "effect": "token-html", "times": 1])
        #expect(bench.grant().fields.first("Content-Type") == "text/html")
        #expect(bench.grant().json?["access_token"] != nil)
    }

    @Test mutating func `tokens can be revoked by tenant, by client, or all`() throws {
        let acme = try bench.token()
        let reader = try bench.token(.readOnly)
        let globex = try bench.token(.globex)
        #expect(try bench.control("POST", "revoke", ["client": .string(SandboxClient.readOnly.id)])["revoked"] == 1)
        #expect(bench.call("GET", Bench.jobPath("done"), reader).status == 401)
        #expect(bench.call("GET", Bench.jobPath("done"), acme).status == 200)
        #expect(try bench.control("POST", "revoke", ["tenant": "acme"])["revoked"] == 1)
        #expect(bench.call("GET", Bench.jobPath("done"), acme).status == 401)
        #expect(bench.call("GET", Bench.jobPath("done"), globex, entity: nil).status == 200)
        #expect(try bench.control("POST", "revoke")["revoked"] == 1)
    }
}
