import Policy

extension ConfigurationReader {
    /// Where callers connect: that it can all be bound, and that nobody is let in by oversight.
    mutating func checkListeners() {
        let path: TOMLPath = ["gateway", "listen"]
        for (index, listener) in gateway.listen.enumerated() {
            let path = isIndexed(path, count: gateway.listen.count) ? path + index : path
            if gateway.listen[..<index].contains(where: { $0.address.collides(with: listener.address) }) {
                reading.report.error(path, "\(listener.address) is taken by another listener")
            }
            if listener.address.isTLS, gateway.tls == nil {
                reading.report.error(path, "a tls: listener without [gateway.tls]", hint: "certificate and key")
            }
            if let tenant = listener.tenant, !tenantNames.contains(tenant) {
                let hint = reading.report.didYouMean(tenant, tenantNames)
                reading.report.error(path + "tenant", "there is no tenant \(quoted(tenant))", hint: hint)
            }
            if callers.isEmpty { checkTrust(listener, path) }
        }
        checkAdmin()
    }

    /// Whether the values of an array can be told apart: a value that could not be read is not among them, and moves the rest.
    private func isIndexed(_ path: TOMLPath, count: Int) -> Bool {
        if case .array(let array)? = path.node(in: root)?.value { array.elements.count == count } else { false }
    }

    private mutating func checkAdmin() {
        guard let admin = gateway.admin, let listener = gateway.listen.first(where: { $0.address.collides(with: admin) }) else {
            return
        }
        let path: TOMLPath = ["gateway", "admin"]
        let isDefault = path.node(in: root) == nil
        reading.report.error(
            path, "\(admin) is a listener of callers too (\(listener.address))",
            hint: isDefault ? "it is the default; name another, or \"off\"" : "an address of its own, or \"off\"")
    }

    /// With no caller configured: who can reach the listener, and so is trusted.
    private mutating func checkTrust(_ listener: ListenerSettings, _ path: TOMLPath) {
        let trust = "whoever reaches it is trusted, for no caller is configured"
        switch (listener.address, listener.address.isLocal) {
        case (_, false?) where gateway.trustNetwork:
            reading.report.warning(path, "\(listener.address): \(trust)")
        case (_, false?):
            reading.report.error(
                path, "\(listener.address) can be reached from other machines, and no caller is configured",
                hint: "[callers.NAME], an address on loopback, or trust_network = true")
        case (.abstractUnix, _):
            reading.report.warning(
                path, "\(listener.address): \(trust), and an abstract socket has no permissions",
                hint: "[callers.NAME] with peer_uid")
        case (.fileDescriptor, _) where !gateway.trustNetwork:
            reading.report.warning(path, "\(listener.address): \(trust), and where it listens is not known here")
        case (.unix, _) where (listener.mode ?? 0) & 0o002 != 0:
            reading.report.warning(path, "\(listener.address): \(trust), and every user of this machine may open it")
        default: break
        }
    }
}
