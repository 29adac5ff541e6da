import Foundation
import Synchronization
import TestSupport
import Testing

/// Both logs in the format that the configuration asks for, from the first line to the last.
@Suite struct LogFormatTests {
    private func objects(_ text: String) -> [[String: Any]]? {
        let lines = text.split(separator: "\n")
        let objects = lines.compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
        return objects.count == lines.count ? objects : nil
    }

    private func logs(_ format: String) async throws -> (access: String, diagnostics: String) {
        let logs = Mutex(("", ""))
        // A warning of the configuration comes before anything else.
        let settings = SceneSettings(gateway: "log_format = \"\(format)\"", tenant: "burst = 3")
        try await Scene.run(settings) { scene in
            let response = try scene.send(.cancel("executing", ["X-Zuora-Tenant": "acme"]))
            #expect(response.status == 200)
            scene.gateway.signal(SIGTERM)
            scene.gateway.waitForEnd()
            logs.withLock { $0 = (scene.gateway.standardOutput, scene.gateway.standardError) }
        }
        return logs.withLock { $0 }
    }

    @Test func `json`() async throws {
        let (access, diagnostics) = try await logs("json")
        #expect(objects(access)?.map { $0["tenant"] as? String } == ["acme"])
        let events = objects(diagnostics) ?? []
        func event(_ message: String) -> [String: Any] { events.first { $0["message"] as? String == message } ?? [:] }
        #expect(!event("configuration warning").isEmpty && !event("drained").isEmpty)
        #expect(event("serving")["workers"] as? Int == 1 && event("serving")["tenant_count"] as? Int == 2)
        let token = event("token fetched")
        #expect(token["lifetime"] is Int && token["in_use"] as? Bool == true && token["source"] is String)
        #expect(Set(events.compactMap { $0["tenants"] as? [String] }) == [["acme"], ["globex"]])
    }

    /// An index maps a member by the first line that has it, and rejects lines in which it is something else.
    @Test func `a member of diagnostics is the same kind of value in all lines`() async throws {
        try await Scene.run { scene in
            let response = try scene.send(.cancel("executing", ["X-Zuora-Tenant": "acme"]))
            #expect(response.status == 200)
            scene.gateway.signal(SIGHUP)
            #expect(scene.gateway.wait { scene.gateway.standardError.contains("configuration reloaded") })
            var kinds: [String: Set<String>] = [:]
            for (name, value) in (objects(scene.gateway.standardError) ?? []).joined() {
                kinds[name, default: []].insert(value is [Any] ? "array" : value is NSNumber ? "number" : "text")
            }
            #expect(kinds["tenants"] == ["array"] && kinds["tenant_count"] == ["number"])
            #expect(kinds.filter { $0.value.count > 1 }.isEmpty, "\(kinds)")
        }
    }

    @Test func `ecs`() async throws {
        let (access, diagnostics) = try await logs("ecs")
        #expect(objects(access)?.map { $0["event.dataset"] as? String } == ["zuora-gateway.access"])
        #expect(objects(diagnostics)?.allSatisfy { $0["@timestamp"] is String && $0["log.level"] is String } == true)
    }

    @Test func `otel`() async throws {
        let (access, diagnostics) = try await logs("otel")
        #expect(objects(access)?.count == 1)
        #expect(objects(access + diagnostics)?.allSatisfy { $0["resourceLogs"] is [Any] } == true)
    }

    @Test func `text`() async throws {
        let (access, diagnostics) = try await logs("text")
        #expect(access.contains(" access DELETE aqua.cancel 200 cancelled tenant=acme "))
        let lines = diagnostics.split(separator: "\n")
        #expect(lines.allSatisfy { $0.wholeMatch(of: /\d{4}-\d\d-\d\dT[0-9:.]+Z (info|notice|warning) .*/) != nil })
    }

    @Test func `what keeps it from starting is a line like the others`() async throws {
        let folder = try ScratchFolder()
        let tenant = "[tenants.acme]\nenvironment = \"us1\"\nclient_id = \"id\"\nclient_secret = { file = \"s\" }\n"
        let broken = try folder.write("broken.conf", tenant + "concurency = 1\nburst = 3\n")
        let run = try await CommandRun.run("run", "--config", broken)
        #expect(run.status == 64 && run.output == "")
        let found = objects(run.errors) ?? []
        #expect(found.map { $0["level"] as? String } == ["critical", "warning"])
        #expect((found.first?["reason"] as? String)?.hasPrefix("\(broken):5: tenants.acme.concurency: unknown key") == true)

        let path = try folder.write(
            "proxy.conf", tenant + "[gateway]\nlisten = [\"unix:\(folder.path)/no/such.sock\"]\nadmin = \"off\"\n")
        let start = try await CommandRun.run("run", "--config", path)
        #expect(start.status == 1)
        let last = objects(start.errors)?.last ?? [:]
        #expect(last["message"] as? String == "cannot start" && (last["reason"] as? String)?.contains("such.sock") == true)
    }
}
