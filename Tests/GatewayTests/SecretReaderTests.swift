import Foundation
import Policy
import TestSupport
import Testing

@testable import Gateway

@Suite struct SecretReaderTests {
    private let folder: ScratchFolder
    private var directory: String { folder.path }

    init() throws { folder = try ScratchFolder() }

    func file(_ content: String, mode: Int = 0o600) throws -> String {
        let path = directory + "/secret-\(UUID().uuidString)"
        try content.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    func verdict(_ source: SecretSource, known: Secret? = nil) -> SecretVerdict {
        SecretVerdict(SecretReader.read(source), use: .clientSecret, known: known)
    }

    @Test func `a file's content is the secret, without the line end`() throws {
        let path = try file("hunter2\n")
        guard case .changed(let secret) = verdict(.file(path: path)).outcome else { return #expect(Bool(false)) }
        #expect(secret == Secret(copying: "hunter2"))
        guard case .unchanged = verdict(.file(path: path), known: secret).outcome else { return #expect(Bool(false)) }
    }

    @Test func `a file that others may read is warned about`() throws {
        #expect(!verdict(.file(path: try file("x", mode: 0o644))).warnings.isEmpty)
        #expect(verdict(.file(path: try file("x", mode: 0o600))).warnings.isEmpty)
    }

    @Test func `what is missing, a directory, empty or too large is told apart`() throws {
        func problem(_ source: SecretSource) -> SecretProblem? {
            if case .unusable(let problem) = verdict(source).outcome { problem } else { nil }
        }
        #expect(problem(.file(path: directory + "/none")) == .missing)
        #expect(problem(.file(path: directory)) == .notAFile)
        #expect(problem(.file(path: try file(""))) == .empty)
        #expect(problem(.file(path: try file(String(repeating: "x", count: 70_000)))) == .tooLarge)
        #expect(problem(.environment(name: "ZG_SURELY_NOT_SET")) == .notSet)
    }

    @Test func `a Kubernetes volume is seen through its links`() throws {
        let data = directory + "/..2026_01"
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        try "mounted".write(toFile: data + "/acme", atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(atPath: directory + "/..data", withDestinationPath: "..2026_01")
        try FileManager.default.createSymbolicLink(atPath: directory + "/acme", withDestinationPath: "..data/acme")
        let facts = SecretReader.read(.file(path: directory + "/acme"))
        #expect(facts.file?.hasDataLink == true)
        guard case .success(let secret) = facts.content else { return #expect(Bool(false)) }
        #expect(secret == Secret(copying: "mounted"))
    }
}
