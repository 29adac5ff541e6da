import Foundation
import Testing

/// The process confines itself where the kernel can, and starts in any case.
@Suite struct ConfinementTests {
    /// A line of the kernel's about the process.
    private func status(_ name: String, _ process: ChildProcess) throws -> String? {
        try String(contentsOfFile: "/proc/\(process.pid)/status", encoding: .utf8).split(separator: "\n")
            .first { $0.hasPrefix("\(name):") }?.split(separator: "\t").last.map(String.init)
    }

    @Test func `seccomp and Landlock are on unless the kernel has none, and the log says so`() async throws {
        try await Scene.run { scene in
            #expect(scene.gateway.wait { scene.gateway.standardError.contains(#""message":"confinement""#) })
            let claims = scene.gateway.standardError
            // 2 is SECCOMP_MODE_FILTER (proc_pid_status(5)).
            #expect(try status("Seccomp", scene.gateway) == (claims.contains("seccomp") ? "2" : "0"))
            #expect(try status("NoNewPrivs", scene.gateway) == (claims.contains(#""in_force":"none""#) ? "0" : "1"))
            let response = try scene.send(.cancel("executing", ["X-Zuora-Tenant": "acme"]))
            #expect(response.status == 200)
        }
    }

    @Test func `both can be turned off`() async throws {
        try await Scene.run(SceneSettings(gateway: "landlock = false\nseccomp = false")) { scene in
            #expect(scene.gateway.wait { scene.gateway.standardError.contains(#""in_force":"none""#) })
            let inherited = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).contains("Seccomp:\t2") ? "2" : "0"
            #expect(try status("Seccomp", scene.gateway) == inherited)
        }
    }
}
