import Foundation
import Testing

/// What a reload puts in force, and what it cannot and therefore says.
@Suite struct ReloadedSettingsTests {
    @Test func `a change that requires a restart is reported until it is reverted`() async throws {
        try await Scene.run(SceneSettings(admin: try freePort(), limits: #"body = "1MiB""#)) { scene in
            #expect(try scene.admin("/readyz").json["configuration"] == nil)
            try scene.reload(#"body = "1MiB""#, #"body = "2MiB""#)
            #expect(scene.gateway.wait { scene.gateway.standardError.contains(#""keys":"limits.body""#) })
            let configuration = try scene.admin("/readyz").json["configuration"] as? [String: Any]
            #expect(configuration?["awaiting_restart"] as? [String] == ["limits.body"])
            #expect(try scene.admin("/metrics").text.contains("zuora_gateway_configuration_awaiting_restart 1\n"))
            #expect(try scene.admin("/status.json").text.contains(#""awaiting_restart":["limits.body"]"#))
            // It is compared with the start, not with the last reload, and told in the log once.
            try scene.reload("retry = {", "# another change\nretry = {")
            #expect(scene.gateway.wait { scene.gateway.standardError.split(separator: "configuration reloaded").count >= 3 })
            #expect(try scene.admin("/metrics").text.contains("zuora_gateway_configuration_awaiting_restart 1\n"))
            #expect(scene.gateway.standardError.split(separator: "some changes require a restart").count == 2)
            try scene.reload(#"body = "2MiB""#, #"body = "1MiB""#)
            #expect(
                try eventually { try scene.admin("/metrics").text.contains("zuora_gateway_configuration_awaiting_restart 0\n") })
            #expect(try scene.admin("/readyz").json["configuration"] == nil)
        }
    }

    @Test func `the level of the diagnostics changes while it runs`() async throws {
        try await Scene.run(SceneSettings(admin: try freePort(), gateway: #"log_level = "error""#)) { scene in
            #expect(try eventually { try scene.admin("/readyz").status == 200 })
            #expect(scene.gateway.standardError == "")
            try scene.reload(#"log_level = "error""#, #"log_level = "info""#)
            #expect(scene.gateway.wait { scene.gateway.standardError.contains("configuration reloaded") })
            // The second change shows when both are in force.
            try scene.reload(#"log_level = "info""#, "log_level = \"critical\"\nlandlock = false")
            #expect(
                try eventually { try scene.admin("/metrics").text.contains("zuora_gateway_configuration_awaiting_restart 1\n") })
            let length = scene.gateway.standardError.count
            try scene.reload("[tenants.globex]", "[tenants.globex]\nnonsense = 1")
            #expect(try eventually { try !scene.admin("/metrics").text.contains(#"reloads_total{result="failed"} 0"#) })
            #expect(scene.gateway.standardError.count == length)
        }
    }

    @Test func `a file that does not load shows in readyz, with its line, and the old one serves`() async throws {
        try await Scene.run(SceneSettings(admin: try freePort())) { scene in
            try scene.reload("[tenants.globex]", "[tenants.globex]\nnonsense = 1")
            #expect(try eventually { try scene.admin("/readyz").json["configuration"] != nil })
            #expect(try eventually { try scene.admin("/readyz").status == 200 })
            let ready = try scene.admin("/readyz")
            let error = (ready.json["configuration"] as? [String: Any])?["error"] as? String
            #expect(error?.contains("nonsense") == true && error?.contains("proxy.conf:") == true)
            #expect(try scene.admin("/metrics").text.contains("zuora_gateway_configuration_current 0\n"))
            #expect(try scene.send(.cancel("executing", ["X-Zuora-Tenant": "globex"])).status == 200)
        }
    }
}
