import Foundation
import Policy
import TestSupport
import Testing

@testable import Configuration

@Suite struct LoadTests {
    private let folder: ScratchFolder
    private var directory: URL { URL(filePath: folder.path) }

    init() throws { folder = try ScratchFolder() }

    /// The message of the only error of a file with this content.
    func failure(_ content: Data, name: String = "proxy.conf") throws -> String {
        let file = directory.appending(path: name)
        try content.write(to: file)
        return failure(path: file.path)
    }

    func failure(path: String) -> String {
        do throws(ConfigurationErrors) {
            _ = try Configuration.load(path: path)
            return ""
        } catch {
            return error.description
        }
    }

    @Test func `a missing file is named`() {
        #expect(failure(path: "/nowhere/proxy.conf") == "/nowhere/proxy.conf: no such file (set with --config)")
    }

    @Test func `a directory is no file`() throws {
        #expect(failure(path: directory.path) == "\(directory.path): is a directory, not a file")
    }

    @Test func `text that is not UTF-8 is refused at its line`() throws {
        #expect(try failure(Data("[gateway]\n# caf".utf8) + [0xE9, 0x0A]).hasSuffix("proxy.conf:2:6: not UTF-8"))
    }

    @Test(.timeLimit(.minutes(1)))
    func `what is no regular file is refused at once: a device, and a FIFO that no one writes to`() throws {
        #expect(failure(path: "/dev/zero") == "/dev/zero: is not a regular file")
        let fifo = directory.appending(path: "fifo").path
        #expect(mkfifo(fifo, 0o600) == 0)
        #expect(failure(path: fifo) == "\(fifo): is not a regular file")
    }

    @Test func `a file of 10 GB is refused before it is read whole`() throws {
        let huge = directory.appending(path: "huge").path
        #expect(FileManager.default.createFile(atPath: huge, contents: nil))
        #expect(truncate(huge, 10 << 30) == 0)
        #expect(failure(path: huge) == "\(huge): larger than 64MiB, the maximum size of a configuration")
    }

    @Test func `relative paths start from the file's directory`() throws {
        let file = directory.appending(path: "proxy.conf")
        try "[tenants.acme]\nenvironment = \"us1\"\nca_file = \"ca.pem\"\ntoken = { file = \"secrets/acme\" }".write(
            to: file, atomically: true, encoding: .utf8)
        let configuration = try Configuration.load(path: file.path)
        #expect(configuration.tenants[0].credential.source == .file(path: directory.appending(path: "secrets/acme").path))
        #expect(configuration.tenants[0].upstream.caFile == directory.appending(path: "ca.pem").path)
    }

    @Test func `every secret and file is listed once, where it is written`() throws {
        let configuration = try parse(
            acme + """
                [upstream]
                ca_file = "/ca"
                [tenants.b]
                environment = "eu"
                client_id = "x"
                client_secret = { env = "B" }
                client_certificate = "/c"
                client_key = "/k"
                [gateway.tls]
                certificate = "/t"
                key = "/tk"
                """)
        #expect(
            configuration.secretSources == [
                .init(keyPath: "tenants.acme.client_secret", line: 4, source: .literal("literal"), use: .clientSecret),
                .init(keyPath: "tenants.b.client_secret", line: 10, source: .environment(name: "B"), use: .clientSecret),
            ])
        #expect(
            configuration.files.map(\.keyPath) == [
                "gateway.tls.certificate", "gateway.tls.key", "upstream.ca_file", "tenants.b.client_certificate",
                "tenants.b.client_key",
            ])
        #expect(configuration.files.map(\.line) == [14, 15, 6, 11, 12])
    }

    @Test func `ten thousand tenants load, each as it is written`() throws {
        var text = "[gateway]\ndefault_tenant = \"t9999\"\n"
        for index in 0..<10_000 {
            text +=
                "[tenants.t\(index)]\nenvironment = \"us1\"\nclient_id = \"id\(index)\"\n"
            text += "client_secret = { file = \"/s/\(index)\" }\n"
            text += "entities = { e = \"\(String(format: "%032x", index))\" }\nentity = \"e\"\n"
        }
        text += "[callers.all]\npeer_uid = 1\ntenants = [\((0..<10_000).map { "\"t\($0)\"" }.joined(separator: ","))]\n"
        let configuration = try parse(text)
        #expect(configuration.tenants.count == 10_000)
        for (index, tenant) in configuration.tenants.enumerated() {
            guard tenant.name == "t\(index)", tenant.credential == .client(id: "id\(index)", secret: .file(path: "/s/\(index)"))
            else {
                Issue.record("tenant \(index) is \(tenant.name)")
                return
            }
        }
        #expect(configuration.secretSources.last?.line == 2 + 9999 * 6 + 4)
    }
}
