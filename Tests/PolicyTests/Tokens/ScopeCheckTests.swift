import Testing

@testable import Policy

@Suite struct ScopeCheckTests {
    private let emea = TenantSettings.Entity(name: "emea", id: String(repeating: "a", count: 32))
    private let amer = TenantSettings.Entity(name: "amer", id: String(repeating: "b", count: 32))
    private let other = String(repeating: "c", count: 32)

    private func check(
        _ covered: [String], _ entities: [TenantSettings.Entity], default defaultEntity: TenantSettings.Entity? = nil
    ) -> [ScopeFinding] {
        ScopeCheck(TokenScope(covered.map { "entity.\($0)" }.joined(separator: " "))).findings(
            entities: entities, defaultEntity: defaultEntity)
    }

    @Test func `nothing is found where all goes together`() {
        #expect(check([], []) == [])
        #expect(check([emea.id], []) == [])
        #expect(check([emea.id], [emea], default: emea) == [])
        #expect(check([emea.id, amer.id], [emea, amer], default: emea) == [])
    }

    @Test func `a configured entity that the token does not cover is found`() {
        #expect(check([emea.id, other], [emea, amer], default: emea).contains(ScopeFinding(.entityMissing, ["amer"])))
        #expect(check([other], [emea]) == [ScopeFinding(.entityMissing, ["emea"])])
    }

    @Test func `a default that the token does not cover is an error`() {
        let findings = check([amer.id, other], [emea, amer], default: emea)
        #expect(findings.first == ScopeFinding(.defaultMissing, ["emea"]))
        #expect(findings.first?.severity == .error)
        #expect(check([other], [emea], default: emea) == [ScopeFinding(.defaultMissing, ["emea"])])
    }

    @Test func `several entities in the token and none configured is an error`() {
        let findings = check([emea.id, amer.id], [])
        #expect(findings == [ScopeFinding(.noneConfigured, [emea.id, amer.id])])
        #expect(findings.first?.severity == .error)
    }

    @Test func `several entities and no default is worth knowing`() {
        #expect(check([emea.id, amer.id], [emea, amer]) == [ScopeFinding(.noDefault, ["emea", "amer"])])
    }

    @Test func `a token for one entity is found when several are configured`() {
        #expect(check([emea.id], [emea, amer], default: emea) == [ScopeFinding(.singleEntity, ["emea"])])
        #expect(check([other], [emea, amer]) == [ScopeFinding(.singleEntity, [other])])
        #expect(check([amer.id], [emea, amer], default: emea).map(\.kind) == [.defaultMissing, .singleEntity])
    }

    @Test func `entities configured and none in the token is found`() {
        #expect(check([], [emea], default: emea) == [ScopeFinding(.scopeless)])
    }

    @Test func `entities that no caller may choose are reported`() {
        #expect(check([emea.id, other], [emea], default: emea) == [ScopeFinding(.unused, [other])])
    }

    @Test func `an entity that occurs twice in the scope counts once`() {
        #expect(check([emea.id, emea.id], [emea, amer]) == [ScopeFinding(.singleEntity, ["emea"])])
    }

    @Test func `the gravest finding comes first, and each says what to do`() {
        let findings = check([other, amer.id], [emea, amer], default: emea)
        #expect(findings.map(\.severity) == findings.map(\.severity).sorted(by: >))
        for kind in ScopeFinding.Kind.allCases {
            let text = ScopeFinding(kind, ["emea"]).text
            #expect(text.hasSuffix("."))
            #expect(text.count > 40)
        }
    }
}
