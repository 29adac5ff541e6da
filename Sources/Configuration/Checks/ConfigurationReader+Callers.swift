import Policy

extension ConfigurationReader {
    /// That each caller can be told from every other, and shown to be itself on some listener.
    mutating func checkCallers() {
        var keys: [[UInt8]: String] = [:]
        var users: [UInt32: String] = [:]
        var groups: [UInt32: String] = [:]
        var names: [String: String] = [:]
        // A descriptor that was handed over may be a Unix socket.
        let hasUnix = gateway.listen.contains { $0.address.isLocal == nil || $0.address.isUnix }
        let hasClientCA = gateway.tls?.clientCA != nil && gateway.listen.contains { $0.address.isTLS }
        for caller in callers {
            let path: TOMLPath = ["callers", caller.name]
            claim(caller.keyHashes, by: caller.name, in: &keys, path + "key_sha256")
            claim(caller.peerUIDs, by: caller.name, in: &users, path + "peer_uid")
            claim(caller.peerGIDs, by: caller.name, in: &groups, path + "peer_gid")
            claim(caller.sans.map { $0.contains("://") ? $0 : $0.lowercased() }, by: caller.name, in: &names, path + "san")
            let identifiers = ["key_sha256", "peer_uid", "peer_gid", "san"]
            if identifiers.allSatisfy({ !reading.report.has(path + $0) }) {
                reading.report.error(path, "nothing to know the caller by", hint: identifiers.joined(separator: ", "))
            }
            if !hasUnix {
                for key in ["peer_uid", "peer_gid"] where reading.report.has(path + key) {
                    reading.report.warning(path + key, "of no use: no listener is a Unix socket")
                }
            }
            if !caller.sans.isEmpty, !hasClientCA {
                reading.report.warning(
                    path + "san", "of no use: no tls: listener asks for client certificates", hint: "client_ca in [gateway.tls]")
            }
        }
    }

    private mutating func claim<Mark: Hashable>(
        _ marks: [Mark], by caller: String, in owners: inout [Mark: String], _ path: TOMLPath
    ) {
        for mark in marks {
            if let owner = owners.updateValue(caller, forKey: mark), owner != caller {
                reading.report.error(path, "shared with the caller \(quoted(owner)), so that they cannot be told apart")
            }
        }
    }
}
