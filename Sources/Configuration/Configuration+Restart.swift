import Policy

extension Configuration {
    /// The keys whose values differ from those that a process started with, and that it takes up with a restart only: what it has
    /// given up or opened by now, and what its connections were made with.
    /// - Parameter started: the configuration of the start.
    /// - Returns: in the order of the reference, such as `gateway.workers`, `limits.head`.
    public func keysAwaitingRestart(since started: Configuration) -> [String] {
        var keys: [String] = []
        func compare(_ key: String, _ isSame: Bool) { if !isSame { keys.append(key) } }
        compare("gateway.listen", gateway.listen == started.gateway.listen)
        compare("gateway.admin", gateway.admin == started.gateway.admin)
        compare("gateway.workers", gateway.workers == started.gateway.workers)
        compare("gateway.landlock", gateway.landlock == started.gateway.landlock)
        compare("gateway.seccomp", gateway.seccomp == started.gateway.seccomp)
        if let tls = gateway.tls, let before = started.gateway.tls {
            compare("gateway.tls.handshake_timeout", tls.handshakeTimeout == before.handshakeTimeout)
        }
        for field in Schema.limits.fields {
            compare("limits.\(field.name)", field.defaultText(limits) == field.defaultText(started.limits))
        }
        return keys
    }
}
