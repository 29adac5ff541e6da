import Testing

@testable import Policy

@Suite struct SecretVerdictTests {
    private func verdict(
        _ text: String, use: SecretVerdict.Use = .clientSecret, known: String? = nil, file: SecretFacts.File? = nil
    ) -> SecretVerdict {
        let facts = SecretFacts(content: .success(Secret(copying: text)), file: file)
        return SecretVerdict(facts, use: use, known: known.map { Secret(copying: $0) })
    }

    private func problem(_ verdict: SecretVerdict) -> SecretProblem? {
        if case .unusable(let problem) = verdict.outcome { problem } else { nil }
    }

    private func secret(_ verdict: SecretVerdict) -> Secret? {
        if case .changed(let secret) = verdict.outcome { secret } else { nil }
    }

    @Test(arguments: ["s3cret", "s3cret\n", "s3cret\r\n", "s3cret\n\n\r\n"])
    func `line ends after the secret are trimmed`(text: String) {
        #expect(secret(verdict(text)) == Secret(copying: "s3cret"))
    }

    @Test(arguments: [
        ("", SecretProblem.empty), ("\n", .empty), ("\r\n\n", .empty), ("a\nb", .severalLines), ("\na", .severalLines),
        ("a\rb\n", .severalLines), ("a\u{0}b", .controlCharacter), ("a\tb", .controlCharacter), ("a\u{7F}", .controlCharacter),
        ("\u{FEFF}abc", .byteOrderMark), (String(repeating: "x", count: 65_537), .tooLarge),
    ])
    func `what cannot be a secret is refused with its reason`(text: String, reason: SecretProblem) {
        #expect(problem(verdict(text)) == reason)
        #expect(!reason.text.isEmpty)
    }

    @Test func `the largest secret passes`() {
        #expect(secret(verdict(String(repeating: "x", count: 65_536)))?.count == 65_536)
    }

    @Test(arguments: ["a b", "ä", String(repeating: "x", count: 8193)])
    func `a static token must be a bearer token`(text: String) {
        #expect(problem(verdict(text, use: .bearerToken)) == .notABearerToken)
        #expect(secret(verdict(text)) == Secret(copying: text))
    }

    @Test func `only another content is a change`() {
        if case .unchanged = verdict("abc\n", known: "abc").outcome {} else { Issue.record("a change was seen") }
        #expect(secret(verdict("abd", known: "abc")) == Secret(copying: "abd"))
        #expect(secret(verdict("abc")) != nil)
    }

    @Test func `what prevented reading is passed on, with the warnings`() {
        let file = SecretFacts.File(mode: 0o600, isOwn: true, isMountPoint: true, hasDataLink: false)
        let verdict = SecretVerdict(SecretFacts(content: .failure(.notPermitted), file: file), use: .clientSecret, known: nil)
        #expect(problem(verdict) == .notPermitted)
        #expect(verdict.warnings == [.singleFileMount])
    }

    @Test(arguments: [
        (0o600 as UInt32, true, [] as [SecretWarning]), (0o400, false, []), (0o640, true, [.groupReadable]), (0o440, false, []),
        (0o644, true, [.worldReadable]), (0o604, false, [.worldReadable]), (0o660, false, [.writableByOthers]),
        (0o666, true, [.writableByOthers, .worldReadable]), (0o602, true, [.writableByOthers]), (0o100600, true, []),
    ])
    func `permissions that are too open are warned about`(mode: UInt32, isOwn: Bool, expected: [SecretWarning]) {
        let file = SecretFacts.File(mode: mode, isOwn: isOwn, isMountPoint: false, hasDataLink: false)
        #expect(verdict("abc", file: file).warnings == expected)
    }

    @Test(arguments: [(true, false, true), (true, true, false), (false, false, false), (false, true, false)])
    func `a file mounted by itself is warned about`(isMountPoint: Bool, hasDataLink: Bool, warned: Bool) {
        let file = SecretFacts.File(mode: 0o400, isOwn: true, isMountPoint: isMountPoint, hasDataLink: hasDataLink)
        #expect(verdict("abc", file: file).warnings.contains(.singleFileMount) == warned)
    }

    @Test func `a space at either end is warned about, not cut off`() {
        #expect(verdict(" abc").warnings == [.outerSpace])
        #expect(verdict("abc \n").warnings == [.outerSpace])
        #expect(secret(verdict("abc \n")) == Secret(copying: "abc "))
        #expect(verdict("a c").warnings.isEmpty)
    }

    @Test func `every warning says what to do`() {
        for warning in SecretWarning.allCases { #expect(warning.text.count > 20) }
    }
}

@Suite struct MountTableTests {
    private let table = MountTable(
        Array(
            """
            22 28 0:20 / /sys rw,nosuid - sysfs sysfs rw
            913 880 0:132 /..2026_01_01/acme /run/secrets/acme ro,relatime - tmpfs tmpfs rw,size=8Gi
            914 880 0:133 / /run/my\\040dir ro - tmpfs tmpfs rw
            915 880 0:133 / /run/back\\134slash shared:1 master:2 - tmpfs tmpfs rw
            916 880 0:133 / /run/bad\\9 ro - tmpfs tmpfs rw

            short line
            """.utf8))

    @Test(arguments: ["/sys", "/run/secrets/acme", "/run/my dir", "/run/back\\slash", "/run/bad\\9"])
    func `mount points are found, escapes resolved`(path: String) {
        #expect(table.isMountPoint(path))
    }

    @Test(arguments: ["/", "/run/secrets", "/run/secrets/acme/", "/run/my\\040dir", ""])
    func `nothing else is one`(path: String) {
        #expect(!table.isMountPoint(path))
    }
}
