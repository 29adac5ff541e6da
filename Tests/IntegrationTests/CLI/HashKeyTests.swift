import Foundation
import Testing

@Suite struct HashKeyTests {
    @Test func `a new key is printed with the hash that proxy.conf takes`() async throws {
        let made = try await CommandRun.run("hash-key")
        #expect(made.status == 0)
        #expect(made.errors == "")
        let lines = made.output.split(separator: "\n").map(String.init)
        try #require(lines.count == 2)
        #expect(lines[0].wholeMatch(of: /zgk_[0-9a-z]{38}/) != nil)
        #expect(lines[1].wholeMatch(of: /key_sha256 = \["[0-9a-f]{64}"\]/) != nil)
        for known in [
            try await CommandRun.run("hash-key", lines[0]), try await CommandRun.run("hash-key", "-", input: lines[0] + "\n"),
        ] {
            #expect(known.output == lines[1] + "\n")
            #expect(known.errors == "")
        }
        #expect(try await CommandRun.run("hash-key").output != made.output)
    }

    @Test func `a known key gets its SHA-256, and a warning when it is short`() async throws {
        let run = try await CommandRun.run("hash-key", "abc")
        #expect(run.status == 0)
        #expect(run.output == "key_sha256 = [\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"]\n")
        #expect(
            run.errors == "warning: a short key can be guessed from its hash; zuora-gateway hash-key generates a strong one\n")
    }

    @Test(arguments: ["two words", "tab\there", "caf\u{E9}", ""])
    func `a key that no header could carry is wrong usage`(_ key: String) async throws {
        for run in [try await CommandRun.run("hash-key", key), try await CommandRun.run("hash-key", "-", input: key)] {
            #expect(run.status == 64)
            #expect(run.output == "")
        }
    }
}
