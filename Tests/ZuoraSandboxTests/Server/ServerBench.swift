import Foundation
import Network
import Testing

@testable import ZuoraSandbox

/// Tests that block their thread: one at a time, so that others get on.
@Suite(.serialized, .timeLimit(.minutes(3))) enum SocketTests {}

/// A stand-in on a socket, for one test.
enum ServerBench {
    /// Runs `body` with a server.
    static func serving(tls: TLSServerContext? = nil, _ body: @concurrent (SandboxServer) async throws -> Void) async throws {
        let server = try await SandboxServer.start(tls: tls)
        do {
            try await body(server)
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    /// Runs `body` with a server and the fields of an authorised call to acme's entity emea.
    static func with(
        _ settings: SandboxSettings = SandboxSettings(),
        _ body: @concurrent (SandboxServer, [Field]) async throws -> Void
    ) async throws {
        try await serving { server in
            let token = await server.perform { zuora in
                zuora.settings = settings
                let grant = "client_id=\(SandboxClient.acme.id)&client_secret=sandbox-secret&grant_type=client_credentials"
                let reply = zuora.handle(
                    SandboxRequest(
                        "POST", "/oauth/token", fields: [Field("Content-Type", "application/x-www-form-urlencoded")],
                        body: Array(grant.utf8)),
                    now: .now())
                return reply.json?["access_token"]?.string ?? ""
            }
            try await body(server, [Field("Authorization", "Bearer \(token)"), Field("Zuora-Entity-Ids", Bench.emea)])
        }
    }

    /// Runs a tool, and hands its output to `sink` as it comes.
    /// - Returns: its exit code.
    static func run(_ tool: String, _ arguments: [String], _ sink: (Data) -> Void = { _ in }) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tool)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        while true {
            let data = pipe.fileHandleForReading.availableData
            if data.isEmpty { break }
            sink(data)
        }
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Adds a fault that strikes every call, or those that match.
    static func fault(_ server: SandboxServer, _ effect: String, times: Int? = nil) async throws {
        let effect = try #require(FaultEffect(named: effect))
        await server.perform { zuora in
            var rule = FaultRule(name: "test", effect: effect)
            rule.times = times
            zuora.faults.removeAll()
            zuora.faults.add(rule)
        }
    }
}
