import Testing

@testable import Policy

@Suite struct CallerDirectoryTests {
    private let policy: Policy

    init() throws {
        policy = Sample.policy(callers: [
            Sample.caller("billing", key: "k-billing") {
                $0.keyHashes.append(Sample.digest("k-next")?.bytes ?? [])
                $0.peerUIDs = [1001]
                $0.sans = ["spiffe://prod/billing", "Billing.Internal"]
            },
            Sample.caller("reports", key: "k-reports") {
                $0.peerGIDs = [2000]
                $0.sans = ["spiffe://prod/reports"]
            },
        ])
    }

    /// The caller's name, or the status of the refusal.
    private func identify(_ fields: [String] = [], _ evidence: CallerEvidence = .none) throws -> String {
        switch try SampleRequest("DELETE /v1/batch-query/jobs/1", fields).resolve(policy, evidence: evidence) {
        case .success(let resolution):
            switch resolution.caller {
            case .trusted: "trusted"
            case .known(let index): policy.callers.callers[index].name
            }
        case .failure(let denial): "\(denial.status)"
        }
    }

    @Test(arguments: [
        ("X-Gateway-Key: k-billing", "billing"), ("x-gateway-key:k-reports", "reports"), ("X-Gateway-Key: k-next", "billing"),
        ("Authorization: Bearer k-billing", "billing"), ("authorization: bEARER   k-next  ", "billing"),
        ("X-Gateway-Key: k-billin", "401"), ("X-Gateway-Key: K-billing", "401"), ("X-Gateway-Key:", "401"),
        ("Authorization: Bearer nobody", "401"), ("Authorization: Bearer", "401"), ("Authorization: Bearerk-billing", "401"),
        ("Authorization: Basic k-billing", "401"), ("Authorization: k-billing", "401"),
        ("Authorization: Bearer k-billing, Bearer k-billing", "401"),
    ])
    func `a key is right or refused`(_ field: String, _ expected: String) throws {
        #expect(try identify([field]) == expected)
    }

    @Test(arguments: [
        ["X-Gateway-Key: k-billing", "X-Gateway-Key: k-billing"],
        ["X-Gateway-Key: k-billing", "Authorization: Bearer k-billing"],
        ["Authorization: Bearer k-billing", "authorization: Bearer k-reports"],
        ["X-Gateway-Key: k-billing", "Authorization: Basic x"],
    ])
    func `several keys are a 400`(_ fields: [String]) throws {
        #expect(try identify(fields) == "400")
    }

    @Test func `a socket's peer is known by uid, else by gid`() throws {
        #expect(try identify([], CallerEvidence(peer: PeerCredentials(pid: 1, uid: 1001, gid: 7))) == "billing")
        #expect(try identify([], CallerEvidence(peer: PeerCredentials(pid: 1, uid: 7, gid: 2000))) == "reports")
        #expect(try identify([], CallerEvidence(peer: PeerCredentials(pid: 1, uid: 1001, gid: 2000))) == "billing")
        #expect(try identify([], CallerEvidence(peer: PeerCredentials(pid: 1001, uid: 2000, gid: 1001))) == "401")
    }

    @Test(arguments: [
        (["spiffe://prod/billing"], "billing"), (["else.where", "BILLING.internal"], "billing"),
        (["spiffe://prod/Billing"], "401"), (["spiffe://prod/billing", "billing.internal"], "billing"),
        (["spiffe://prod/billing", "spiffe://prod/reports"], "401"), ([], "401"),
        // U+0131 and U+0130 are an i to Unicode, U+212A a k, U+FF4C a wide l; the last has a combining mark.
        (["b\u{131}lling.internal"], "401"), (["B\u{130}lling.internal"], "401"), (["bi\u{FF4C}ling.internal"], "401"),
        (["billing.internal\u{301}"], "401"), (["spiffe://prod/billing\u{0}"], "401"), (["billing.internal "], "401"),
        ([""], "401"),
    ])
    func `a certificate is known by its names`(_ names: [String], _ expected: String) throws {
        #expect(try identify([], CallerEvidence(names: names.compactMap { SubjectAlternativeName($0.utf8) })) == expected)
    }

    @Test func `names are compared as bytes, and only the case of ASCII is folded`() {
        func name(_ text: String) -> SubjectAlternativeName? { SubjectAlternativeName(text.utf8) }
        #expect(name("kiosk.internal") == name("KIOSK.Internal"))
        #expect(name("kiosk.internal") != nil)
        #expect(name("\u{212A}iosk.internal") == nil)
        #expect(name("spiffe://a/K") != name("spiffe://a/k"))
        #expect(name("a@b") != name("A`B"))
    }

    @Test func `a key decides alone, right or wrong`() throws {
        let evidence = CallerEvidence(
            peer: PeerCredentials(pid: 1, uid: 1001, gid: 1),
            names: [SubjectAlternativeName("spiffe://prod/billing".utf8)].compactMap { $0 })
        #expect(try identify(["X-Gateway-Key: k-reports"], evidence) == "reports")
        #expect(try identify(["X-Gateway-Key: wrong"], evidence) == "401")
    }

    @Test func `no evidence is a 401 with a challenge`() throws {
        let denial = try SampleRequest("GET /").resolve(policy).denial
        #expect(denial?.status == 401)
        #expect(denial?.challenge == #"Bearer realm="zuora-gateway""#)
        #expect(denial?.phase == .identify)
    }

    @Test func `a refusal says which credentials were looked at`() throws {
        func detail(_ evidence: CallerEvidence) throws -> String {
            try SampleRequest("GET /").resolve(policy, evidence: evidence).denial?.detail ?? ""
        }
        #expect(try detail(.none).hasPrefix("No credentials"))
        let peer = CallerEvidence(peer: PeerCredentials(pid: 1, uid: 7, gid: 7))
        #expect(try detail(peer).hasPrefix("Neither the user nor the group"))
        let names = ["else.where"].compactMap { SubjectAlternativeName($0.utf8) }
        #expect(try detail(CallerEvidence(names: names)).hasPrefix("No name in the client certificate"))
    }

    @Test func `with no caller configured everyone is trusted, whatever they send`() throws {
        let open = Sample.policy()
        #expect(open.callers.trustsEveryone)
        for fields in [[], ["Authorization: Bearer x"], ["Authorization: Basic x", "Authorization: y", "X-Gateway-Key: z"]] {
            let resolution = try SampleRequest("DELETE /v1/batch-query/jobs/1", fields).resolve(open).resolution
            #expect(resolution?.caller == .trusted)
        }
    }
}
