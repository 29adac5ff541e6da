import Policy

/// Checks `[gateway]` and `[callers]` together: who can reach the gateway, and how callers are identified.
struct AccessCheck {
    let root: Table
    let gateway: GatewaySettings
    let callers: [CallerSettings]
    /// Names of all tenants in the file.
    let tenantNames: Set<String>

    func run(_ reading: inout Reading) {
        checkListeners(&reading.report)
        checkAdmin(&reading.report)
        checkCallers(&reading.report)
    }

    /// Checks that all listeners can be bound together, and that access is not open by mistake.
    private func checkListeners(_ report: inout Report) {
        let path: TOMLPath = ["gateway", "listen"]
        for (index, listener) in gateway.listen.enumerated() {
            let path = isIndexed(path, count: gateway.listen.count) ? path + index : path
            if gateway.listen[..<index].contains(where: { $0.address.collides(with: listener.address) }) {
                report.error(path, "\(listener.address) is already used by another listener")
            }
            if listener.address.isTLS, gateway.tls == nil {
                report.error(path, "tls: listener without [gateway.tls]", hint: "certificate and key")
            }
            if let tenant = listener.tenant, !tenantNames.contains(tenant) {
                let hint = report.didYouMean(tenant, tenantNames)
                report.error(path + "tenant", "there is no tenant \(quoted(tenant))", hint: hint)
            }
            if callers.isEmpty { checkTrust(listener, path, &report) }
        }
    }

    /// Whether values correspond to array elements by index: false if one could not be read, since the others then shift.
    private func isIndexed(_ path: TOMLPath, count: Int) -> Bool {
        if case .array(let elements)? = path.node(in: root)?.value { elements.count == count } else { false }
    }

    private func checkAdmin(_ report: inout Report) {
        guard let admin = gateway.admin, let listener = gateway.listen.first(where: { $0.address.collides(with: admin) }) else {
            return
        }
        let path: TOMLPath = ["gateway", "admin"]
        let isDefault = path.node(in: root) == nil
        report.error(
            path, "\(admin) is also a listener for callers (\(listener.address))",
            hint: isDefault ? "this is the default; set another address, or \"off\"" : "a separate address, or \"off\"")
    }

    /// Without configured callers: warns about clients that can reach the listener and are therefore trusted.
    private func checkTrust(_ listener: ListenerSettings, _ path: TOMLPath, _ report: inout Report) {
        let trust = "every client that can reach it is trusted, because no callers are configured"
        switch (listener.address, listener.address.isLocal) {
        case (_, false?) where gateway.trustNetwork:
            report.warning(path, "\(listener.address): \(trust)")
        case (_, false?):
            report.error(
                path, "\(listener.address) can be reached from other machines, and no callers are configured",
                hint: "[callers.NAME], an address on loopback, or trust_network = true")
        case (.abstractUnix, _):
            report.warning(
                path, "\(listener.address): \(trust), and an abstract socket has no permissions",
                hint: "[callers.NAME] with peer_uid")
        case (.fileDescriptor, _) where !gateway.trustNetwork:
            report.warning(path, "\(listener.address): \(trust), and the address of an inherited socket is unknown")
        case (.unix, _) where (listener.mode ?? 0) & 0o002 != 0:
            report.warning(path, "\(listener.address): \(trust), and any local user may open it")
        default: break
        }
    }

    /// Checks that each caller is distinguishable from the others and can be authenticated on some listener.
    private func checkCallers(_ report: inout Report) {
        var keys: [[UInt8]: String] = [:]
        var users: [UInt32: String] = [:]
        var groups: [UInt32: String] = [:]
        var names: [String: String] = [:]
        // An inherited descriptor may be a Unix socket.
        let hasUnix = gateway.listen.contains { $0.address.isLocal == nil || $0.address.isUnix }
        let hasClientCA = gateway.tls?.clientCA != nil && gateway.listen.contains { $0.address.isTLS }
        for caller in callers {
            let path: TOMLPath = ["callers", caller.name]
            claim(caller.keyHashes, by: caller.name, in: &keys, path + "key_sha256", &report)
            claim(caller.peerUIDs, by: caller.name, in: &users, path + "peer_uid", &report)
            claim(caller.peerGIDs, by: caller.name, in: &groups, path + "peer_gid", &report)
            claim(
                caller.sans.map { $0.contains("://") ? $0 : $0.lowercased() }, by: caller.name, in: &names, path + "san", &report)
            let identifiers = ["key_sha256", "peer_uid", "peer_gid", "san"]
            if identifiers.allSatisfy({ !report.has(path + $0) }) {
                report.error(path, "no way to identify the caller", hint: identifiers.joined(separator: ", "))
            }
            if !hasUnix {
                for key in ["peer_uid", "peer_gid"] where report.has(path + key) {
                    report.warning(path + key, "has no effect: no listener is a Unix socket")
                }
            }
            if !caller.sans.isEmpty, !hasClientCA {
                report.warning(
                    path + "san", "has no effect: no tls: listener requests client certificates",
                    hint: "client_ca in [gateway.tls]")
            }
        }
    }

    private func claim<Mark: Hashable>(
        _ marks: [Mark], by caller: String, in owners: inout [Mark: String], _ path: TOMLPath, _ report: inout Report
    ) {
        for mark in marks {
            if let owner = owners.updateValue(caller, forKey: mark), owner != caller {
                report.error(path, "shared with the caller \(quoted(owner)), so they cannot be distinguished")
            }
        }
    }
}
