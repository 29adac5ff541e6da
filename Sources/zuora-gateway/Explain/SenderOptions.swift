import ArgumentParser
import CommandSupport
import Configuration
import Gateway
import Policy

/// The sender of the request to explain.
struct SenderOptions: ParsableArguments {
    @Option(name: .customLong("as"), help: ArgumentHelp("Act as this caller; no key is needed.", valueName: "caller"))
    var caller: String?

    @Option(
        name: .customLong("caller-key"),
        help: ArgumentHelp("Send this key. It is visible in the process list: prefer a file.", valueName: "key"))
    var key: String?

    @Option(
        name: .customLong("caller-key-file"),
        help: ArgumentHelp("Send the key in this file; - reads it from standard input.", valueName: "file"), completion: .file())
    var keyFile: String?

    @Option(name: .customLong("peer-uid"), help: ArgumentHelp("Connect over a Unix socket as this user.", valueName: "uid"))
    var uid: UInt32?

    @Option(name: .customLong("peer-gid"), help: ArgumentHelp("Connect over a Unix socket as this group.", valueName: "gid"))
    var gid: UInt32?

    @Option(
        name: .customLong("san"), parsing: .singleValue,
        help: ArgumentHelp("Present a client certificate with this subject alternative name; repeatable.", valueName: "name"))
    var names: [String] = []

    func validate() throws {
        guard [caller, key, keyFile].count(where: { $0 != nil }) <= 1 else {
            throw ValidationError("Use only one of --as, --caller-key and --caller-key-file.")
        }
    }

    /// Adds the sender's credentials to the request.
    func apply(to request: inout ImaginedRequest, _ configuration: Configuration) throws {
        try checkListener(request.listener, configuration)
        if uid != nil || gid != nil {
            request.evidence.peer = PeerCredentials(pid: 0, uid: uid ?? .max, gid: gid ?? .max)
        }
        request.evidence.names = names.compactMap { SubjectAlternativeName($0.utf8) }
        if let key = try sentKey() { request.fields.append("X-Gateway-Key: \(key)") }
        guard let caller else { return }
        guard let index = configuration.callers.firstIndex(where: { $0.name == caller }) else {
            let names = configuration.callers.map(\.name).joined(separator: ", ")
            throw ValidationError(
                "There is no caller \"\(caller)\" (\(names.isEmpty ? "none is configured" : "known: \(names)")).")
        }
        request.caller = index
    }

    /// Only some listeners can have such a sender.
    private func checkListener(_ index: Int, _ configuration: Configuration) throws {
        let address = configuration.gateway.listen[index].address
        if uid != nil || gid != nil, case .tcp = address {
            throw ValidationError(
                "--peer-uid and --peer-gid require a Unix socket, but listener \(index) is \(address). Choose another with --listener."
            )
        }
        if !names.isEmpty, !address.isTLS || configuration.gateway.tls?.clientCA == nil {
            throw ValidationError(
                "--san requires a tls: listener with client_ca, which listener \(index) (\(address)) is not. Choose another with --listener."
            )
        }
    }

    private func sentKey() throws -> String? {
        do throws(TextFile) {
            guard let text = try keyFile.map({ path throws(TextFile) in try TextFile.read(path) }) ?? key else { return nil }
            guard !text.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D || $0 == 0 }) else {
                throw TextFile(description: "a key is one line")
            }
            return text
        } catch {
            throw ValidationError(error.description)
        }
    }
}
