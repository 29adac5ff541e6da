import Foundation
import Testing

/// A new secret takes over without a failed request, however it is put in place.
@Suite struct SecretRotationTests {
    private static let client = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"

    @Test func `a secret file that is replaced by a rename costs no request`() async throws {
        try await rotate(
            secret: #"{ file = "$DIRECTORY/secret" }"#,
            prepare: { try Self.write("sandbox-secret\n", to: $0.appending(path: "secret")) },
            replace: { directory in
                try Self.write("rotated-secret-1\n", to: directory.appending(path: "secret.new"))
                rename(directory.appending(path: "secret.new").path, directory.appending(path: "secret").path)
            })
    }

    @Test func `a secret in a volume of Kubernetes that is updated costs no request`() async throws {
        try await rotate(
            secret: #"{ file = "$DIRECTORY/volume/acme" }"#,
            prepare: { directory in
                let volume = directory.appending(path: "volume")
                try Self.fill(volume.appending(path: "..2026_01"), "sandbox-secret")
                symlink("..2026_01", volume.appending(path: "..data").path)
                symlink("..data/acme", volume.appending(path: "acme").path)
            },
            replace: { directory in
                let volume = directory.appending(path: "volume")
                try Self.fill(volume.appending(path: "..2026_02"), "rotated-secret-1")
                symlink("..2026_02", volume.appending(path: "..data_tmp").path)
                rename(volume.appending(path: "..data_tmp").path, volume.appending(path: "..data").path)
                try FileManager.default.removeItem(at: volume.appending(path: "..2026_01"))
            })
    }

    @Test func `a new secret that does not work leaves the old token in service`() async throws {
        var settings = SceneSettings(acmeSecret: #"{ file = "$DIRECTORY/secret" }"#, setUp: { try $0.liftLimits() })
        settings.prepare = { try Self.write("sandbox-secret", to: $0.appending(path: "secret")) }
        try await Scene.run(settings) { scene in
            let load = Load(scene, callers: 2) { _, _ in .get("executing", ["X-Zuora-Tenant": "acme"]) }
            load.wait(for: 50)
            try Self.write("wrong-secret", to: scene.directory.appending(path: "secret"))
            #expect(scene.gateway.wait { Self.secretsRead(scene) == 3 })
            load.wait(for: 100)
            #expect(load.failures().isEmpty)
        }
    }

    private func rotate(
        secret: String, prepare: @escaping @Sendable (URL) throws -> Void,
        replace: @escaping @Sendable (URL) throws -> Void
    ) async throws {
        var settings = SceneSettings(acmeSecret: secret, setUp: { try $0.liftLimits() })
        settings.prepare = prepare
        try await Scene.run(settings) { scene in
            let load = Load(scene, callers: 3) { _, _ in .get("executing", ["X-Zuora-Tenant": "acme"]) }
            load.wait(for: 100)
            let before = Set(load.results.compactMap(\.saw))
            #expect(before.count == 1)
            try scene.control.call("POST", "clients", #"{"id":"\#(Self.client)","secret":"rotated-secret-1"}"#)
            try replace(scene.directory)
            // Its first token would be fetched within a minute; for requests that need one, it is at once.
            #expect(scene.gateway.wait { Self.secretsRead(scene) == 3 })
            try scene.noteTokens()
            try scene.control.call("POST", "revoke", "{}")
            #expect(load.wait { Set($0.suffix(3).compactMap(\.saw)).isDisjoint(with: before) })
            #expect(load.failures().isEmpty)
            #expect(Set(load.results.compactMap(\.saw)).count == 2)
            try scene.noteTokens()
            scene.noteSecret("rotated-secret-1")
        }
    }

    /// How often the gateway has taken up a secret: two at its start.
    private static func secretsRead(_ scene: Scene) -> Int {
        scene.gateway.standardError.components(separatedBy: "secret read").count - 1
    }

    private static func fill(_ directory: URL, _ secret: String) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try write(secret, to: directory.appending(path: "acme"))
    }

    private static func write(_ text: String, to file: URL) throws {
        try text.write(to: file, atomically: false, encoding: .utf8)
        chmod(file.path, 0o600)
    }
}
