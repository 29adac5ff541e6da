import Foundation
import TestSupport
import Testing

extension TLSBench {
    /// A program that runs while it is held.
    final class Server: @unchecked Sendable {
        // Safe to share: Process and the readers take care of themselves.
        private let process = Process()
        private let isKept: Bool
        let output: LogReader
        let errors: LogReader

        init(_ tool: String, _ arguments: [String], environment: [String: String] = [:], folder: String? = nil) throws {
            isKept = tool == TLSBench.gateway || arguments.first == "demo"
            process.executableURL = URL(fileURLWithPath: tool)
            process.arguments = arguments
            // Nothing of the machine's own proxies.
            process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
            if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
            let pipes = (Pipe(), Pipe())
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = pipes.0
            process.standardError = pipes.1
            output = LogReader(pipes.0.fileHandleForReading)
            errors = LogReader(pipes.1.fileHandleForReading)
            try process.run()
        }

        deinit {
            // Not by SIGTERM, which a child of these threads may have inherited as blocked.
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            process.waitUntilExit()
            guard isKept else { return }
            KeptOutput.keep("tls.out", output.all())
            KeptOutput.keep("tls.err", errors.all())
        }

        var id: Int32 { process.processIdentifier }
        func signal(_ number: Int32) { kill(process.processIdentifier, number) }

        func waitForExit() -> Int32 {
            process.waitUntilExit()
            return process.terminationStatus
        }
    }

    /// The gateway's binary with a configuration of its own.
    final class Gateway: Sendable {
        private let server: Server
        /// Of the listeners, in order.
        let ports: [Int]
        let file: String

        /// - Parameter configuration: its files are relative to the tree's folder.
        init(
            _ tree: CertificateTree, _ configuration: String, environment: [String: String] = [:]
        ) throws {
            file = try tree.write("gateway-\(UUID().uuidString.prefix(6)).conf", configuration)
            server = try Server(TLSBench.gateway, ["run", "--config", file], environment: environment, folder: tree.folder)
            guard server.errors.wait(for: #""message":"serving""#) else {
                Issue.record("the gateway does not start: \(server.errors.soFar)")
                ports = []
                return
            }
            ports = server.errors.soFar.matches(of: /127\.0\.0\.1:([0-9]+)/).compactMap { Int($0.output.1) }
        }

        var process: Server { server }
        var id: Int32 { server.id }
        /// Diagnostics.
        var log: LogReader { server.errors }
        /// The access log.
        var accessLog: LogReader { server.output }

        func url(_ path: String, listener: Int = 0, scheme: String = "http") -> String {
            "\(scheme)://127.0.0.1:\(ports[listener])\(path)"
        }

        /// Cancels a job as a caller on the first listener.
        func cancel(_ job: String, tenant: String) throws -> Response {
            try TLSBench.call(["-X", "DELETE", "-H", "X-Zuora-Tenant: \(tenant)", url("/v1/batch-query/jobs/\(job)")])
        }

        /// Has the configuration read again, and waits until that is over.
        /// - Parameter isTaken: whether the new one is to take force, or the old one to stay.
        func reload(isTaken: Bool = true) {
            let verdict = isTaken ? "configuration reloaded" : "configuration reload failed"
            let before = server.errors.soFar.components(separatedBy: verdict).count
            server.signal(SIGHUP)
            let isSaid = server.errors.wait { $0.components(separatedBy: verdict).count > before }
            #expect(isSaid, "no \(verdict): \(server.errors.soFar)")
        }
    }

    /// The table of a tenant with acme's client.
    static func tenant(
        _ name: String, upstream: String, _ more: String = "", static token: Bool = false, attempts: Int = 1
    ) -> String {
        let credential =
            token ? #"token = { file = "token" }"# : "client_id = \"\(acmeID)\"\nclient_secret = { file = \"secret\" }"
        return """

            [tenants.\(name)]
            upstream = "\(upstream)"
            \(credential)
            entity = "\(emea)"
            retry = { attempts = \(attempts), base = "1ms", cap = "5ms" }
            breaker = false
            concurrency = 40
            \(more)
            """
    }

    /// The part that most configurations begin with.
    static func head(_ listen: String = #""127.0.0.1:0""#, _ more: String = "") -> String {
        "[gateway]\nlisten = [\(listen)]\nadmin = \"off\"\n\(more)\n"
    }
}

extension CertificateTree {
    /// A tree with a server's certificate, the stand-in's secret and a token that nobody knows.
    convenience init(forGateway: Void) throws {
        try self.init()
        try issue("server")
        for (file, text) in [("secret", TLSBench.acmeSecret), ("token", "not-a-token")] {
            chmod(try write(file, text), 0o600)
        }
    }

    /// What no caller may trust for 127.0.0.1: `late` has expired, `elsewhere` is for another name, `foreign` is of an authority,
    /// `other`, that nobody knows.
    func issueUntrusted() throws {
        try makeAuthority("other")
        try issue("late", days: -1)
        try issue("elsewhere", names: "DNS:rest.example.org")
        try issue("foreign", by: "other")
    }

    /// A server block of nginx with one of the tree's certificates.
    /// - Parameter listen: what stands behind the port in `listen`.
    func block(_ certificate: String, listen: String = "ssl", _ more: String = "") -> String {
        "listen PORT \(listen); ssl_certificate \(path("\(certificate).pem")); ssl_certificate_key \(path("\(certificate).key")); \(more)"
    }
}
