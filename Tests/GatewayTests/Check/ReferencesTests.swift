import Configuration
import Foundation
import TestSupport
import Testing

@testable import Gateway

/// What `check` says of secrets and files that a configuration refers to.
@Suite struct ReferencesTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    /// A file that only its owner can read.
    private func write(_ name: String, _ text: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.write(name, text))
    }

    private func found(_ text: String) throws -> [String] {
        let configuration = try Configuration.load(path: folder.write("proxy.conf", text))
        return configuration.unusableReferences(file: "proxy.conf").map {
            "\($0)".replacingOccurrences(of: folder.path, with: "")
        }
    }

    private static let direct = "[tenants.acme]\nenvironment = \"us1\"\n"

    @Test func `a secret is judged as the gateway judges it, and never repeated`() throws {
        try write("empty", "")
        try write("lines", "\u{FEFF}hunter2\nmore\n")
        try write("spaced", "hunter2 hunter2")
        try write("good", "hunter2\n")
        func problem(_ secret: String) throws -> String? { try found(Self.direct + "token = \(secret)\n").first }
        let start = "proxy.conf:3: warning: tenants.acme.token: "
        #expect(try problem("{ file = \"good\" }") == nil)
        #expect(try problem("{ file = \"none\" }") == start + "\"/none\" cannot be used: the file does not exist")
        #expect(try problem("{ file = \"empty\" }") == start + "\"/empty\" cannot be used: it is empty")
        let mark = try #require(try problem("{ file = \"lines\" }"))
        #expect(mark.hasPrefix(start + "\"/lines\" cannot be used: it begins with a byte order mark"))
        let spaced = try #require(try problem("{ file = \"spaced\" }"))
        #expect(spaced.contains("cannot be used: it contains a space") && !spaced.contains("hunter2"))
        #expect(
            try problem("{ env = \"ZG_SURELY_NOT_SET\" }")
                == start + "ZG_SURELY_NOT_SET cannot be used: the environment variable is not set")
        // A client's secret may contain spaces.
        let client = Self.direct + "client_id = \"id\"\nclient_secret = { file = \"spaced\" }\n"
        #expect(try found(client) == [])
    }

    @Test func `without its key a fleet cannot be joined, which is an error`() throws {
        try write("good", "hunter2")
        let head = Self.direct + "token = { file = \"good\" }\n[fleet]\nurl = \"rediss://store\"\n"
        try write("empty", "")
        #expect(
            try found(head + "key = { file = \"empty\" }") == ["proxy.conf:6: fleet.key: \"/empty\" cannot be used: it is empty"])
        #expect(
            try found(head + "password = { file = \"empty\" }")
                == ["proxy.conf:6: warning: fleet.password: \"/empty\" cannot be used: it is empty"])
    }

    @Test(.timeLimit(.minutes(1))) func `a FIFO or a directory in the place of a file is reported`() throws {
        #expect(mkfifo(folder.path + "/fifo", 0o600) == 0)
        let found = try found(Self.direct + "ca_file = \"fifo\"\ntoken = { file = \".\" }")
        #expect(
            found == [
                "proxy.conf:4: warning: tenants.acme.token: \"/.\" cannot be used: it is not a regular file",
                "proxy.conf:3: warning: tenants.acme.ca_file: \"/fifo\" is not a regular file",
            ])
    }

    @Test func `a certificate that cannot be used is one error, at its line`() throws {
        try write("good", "hunter2")
        try folder.write("text", "no certificate")
        let head = Self.direct + "token = { file = \"good\" }\n[gateway.tls]\n"
        let malformed = try found(head + "certificate = \"text\"\nkey = \"text\"\n")
        #expect(malformed.count == 1 && malformed[0].hasPrefix("proxy.conf:5: gateway.tls.certificate: certificate /text: "))
        let missing = try found(head + "certificate = \"none\"\nkey = \"text\"\n")
        #expect(missing.count == 1 && missing[0].hasPrefix("proxy.conf:5: gateway.tls.certificate: "), "\(missing)")
    }
}
