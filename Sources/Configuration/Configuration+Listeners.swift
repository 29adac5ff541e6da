public import Policy

extension Configuration {
    /// Why a configuration cannot be served on listeners that are open already.
    public struct UnservedListener: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ listener: ListenerSettings, _ reason: String) {
            description = "\(listener.address) stays open until a restart, but \(reason)"
        }
    }

    /// The same with the listeners that are open already, as those cannot change while the process runs.
    ///
    /// What the file's own listeners were checked for must hold for them, too: the tenant that one serves alone is there, TLS has
    /// its certificate, and nobody is trusted unawares.
    public func keepingListeners(_ listeners: [ListenerSettings]) throws(UnservedListener) -> Configuration {
        let names = Set(tenants.map(\.name))
        for listener in listeners {
            if let tenant = listener.tenant, !names.contains(tenant) {
                throw UnservedListener(listener, "its tenant \(tenant) is gone")
            }
            if listener.address.isTLS, gateway.tls == nil { throw UnservedListener(listener, "[gateway.tls] is gone") }
            if callers.isEmpty, !gateway.trustNetwork, listener.address.isLocal == false {
                throw UnservedListener(listener, "no caller is left, so whoever reaches it would be trusted")
            }
        }
        var copy = self
        copy.gateway.listen = listeners
        return copy
    }
}
