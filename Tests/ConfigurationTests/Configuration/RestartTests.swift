import Configuration
import Testing

/// What a running process cannot follow is named, so that nobody believes it to be in force.
@Suite struct RestartTests {
    private let before = """
        [gateway]
        listen = ["127.0.0.1:1", "tls:127.0.0.1:2"]
        admin = "127.0.0.1:3"
        workers = 2
        tls = { certificate = "c", key = "k" }
        [limits]
        head = "16KiB"

        """

    @Test(arguments: [
        ("127.0.0.1:1", "127.0.0.1:4", ["gateway.listen"]), (#"admin = "127.0.0.1:3""#, #"admin = "off""#, ["gateway.admin"]),
        ("workers = 2", "workers = \"auto\"", ["gateway.workers"]),
        ("workers = 2", "landlock = false\nseccomp = false", ["gateway.workers", "gateway.landlock", "gateway.seccomp"]),
        (#"key = "k""#, #"key = "k", handshake_timeout = "3s""#, ["gateway.tls.handshake_timeout"]),
        (#"head = "16KiB""#, #"head = "17KiB""#, ["limits.head"]), (#"head = "16KiB""#, "", ["limits.head"]),
        ("[limits]", "[limits]\nbody = \"1MiB\"\nrequests = 7", ["limits.body", "limits.requests"]),
    ])
    func `what waits for a restart is named by its key`(old: String, new: String, keys: [String]) throws {
        let started = try parse(before + acme)
        #expect(before.contains(old))
        #expect(try parse(before.replacing(old, with: new) + acme).keysAwaitingRestart(since: started) == keys)
    }

    @Test(arguments: [
        ("workers = 2", "workers = 2\nlog_level = \"debug\"\ndrain = \"20s\"\nmin_drain = \"1s\"\nexit_zero_on_sigterm = true"),
        (#"key = "k""#, #"key = "k2", min_version = "1.3""#), ("workers = 2", "workers = 2\ndefault_tenant = \"acme\""),
        ("[limits]", "[upstream]\ntimeout = \"9s\"\n[limits]"), (#"head = "16KiB""#, #"head = "16384B""#),
    ])
    func `what a reload puts in force is not`(old: String, new: String) throws {
        let started = try parse(before + acme)
        #expect(before.contains(old))
        #expect(try parse(before.replacing(old, with: new) + acme).keysAwaitingRestart(since: started).isEmpty)
    }
}
