import Foundation

/// What a scene's configuration is made of.
struct SceneSettings: Sendable {
    static let emea = "e20b0747-4688-4ad5-8014-68daf10e501d"
    static let amer = "8a8082c1-5f0a-4c2e-9d4b-0a6b7c8d9e0f"

    var workers = 1
    /// In place of one listener on a free port, with the ports that are in it.
    var listen: String?
    var ports: [Int] = []
    /// The port of the admin listener; nil: there is none.
    var admin: Int?
    /// Variables of the gateway's process.
    var environment: [String: String] = [:]
    /// Lines for `[gateway]`, `[limits]` and every tenant.
    var gateway = ""
    var limits = ""
    var tenant = #"retry = { attempts = 4, base = "1ms", cap = "5ms", budget = "100%" }"# + "\nbreaker = false"
    var acmeClient = "1f0e3dad-9990-4345-b743-9f8b2a2b8a51"
    /// Another upstream of acme's than the stand-in: its port.
    var acmeUpstream: Int?
    /// As it stands in the file: `"…"` or `{ file = "…" }`.
    var acmeSecret = #""sandbox-secret""#
    var routes = #"["aqua.cancel", "aqua.get", "aqua.submit", "files.get", "dataquery.cancel"]"#
    /// Told to the stand-in before the gateway starts.
    var setUp: (@Sendable (SandboxControl) throws -> Void)?
    /// Makes files that the configuration names.
    var prepare: @Sendable (URL) throws -> Void = { _ in }

    func text(port: Int, sandboxPort: Int, directory: URL) -> String {
        """
        [gateway]
        \(listen ?? #"listen = ["127.0.0.1:\#(port)"]"#)
        admin = "\(admin.map { "127.0.0.1:\($0)" } ?? "off")"
        workers = \(workers)
        \(gateway)

        [limits]
        \(limits)

        [tenants.acme]
        upstream = "http://127.0.0.1:\(acmeUpstream ?? sandboxPort)"
        client_id = "\(acmeClient)"
        client_secret = \(acmeSecret.replacingOccurrences(of: "$DIRECTORY", with: directory.path))
        entity = "emea"
        entities = { emea = "\(Self.emea)", amer = "\(Self.amer)" }
        routes = \(routes)
        \(tenant.replacingOccurrences(of: "$SANDBOX", with: String(sandboxPort)))

        [tenants.globex]
        upstream = "http://127.0.0.1:\(sandboxPort)"
        client_id = "3c59dc04-8e88-4024-a079-9b8d2f9e4d11"
        client_secret = "globex-secret"
        routes = \(routes)
        \(tenant.replacingOccurrences(of: "$SANDBOX", with: String(sandboxPort)))
        """
    }
}
