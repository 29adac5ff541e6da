/// The store that the members of a fleet share: `[fleet]`.
public struct FleetSettings: Hashable, Sendable {
    /// How the addresses lead to the store.
    public enum Kind: Hashable, Sendable {
        /// The only one is the server.
        case server
        /// They are sentinels, which know the server by this name.
        case sentinels(master: String)
        /// They are nodes of a cluster, which know the others.
        case cluster
    }

    public var kind = Kind.server
    /// In the order in which they are tried. For a Unix socket, one that stands for it.
    public var addresses: [StoreAddress] = []
    /// How they are reached, and servers that they name: `https://` stands for `rediss://`, `http://` for `redis://`. The host is that of
    /// the first address.
    public var connection: UpstreamSettings
    /// The ACL user; nil for the default one.
    public var username: String?
    public var password: SecretSource?
    /// The ACL user at the sentinels; nil for the default one.
    public var sentinelUsername: String?
    public var sentinelPassword: SecretSource?
    /// Members with the same name share.
    public var name = "zuora-gateway"
    /// Encrypts, besides the client secrets, what the store holds, and hides the names of its keys.
    public var key: SecretSource?
    /// Names the address from which members call Zuora: those with the same one share its budget of token calls.
    public var egress = "default"
    /// How many members there are: paces token calls without the store. nil if unknown.
    public var members: Int?
    /// The time for one command.
    public var timeout = Duration.milliseconds(100)

    /// What the members share.
    public var share = Shared.allCases
    /// The lifetime of a lease of slots.
    public var lease = Duration.seconds(6)
    /// How long the slots of a lost member stay taken; nil: as long as a call of the tenant may take.
    public var crashHold: Duration?
    /// What happens to slots without the store.
    public var whenLost = SlotLease.WhenLost.local

    public enum Shared: String, Hashable, Sendable, CaseIterable { case tokens, slots, rates }

    public init(url: String) {
        connection = UpstreamSettings(url: url)
        connection.connectTimeout = .seconds(2)
        connection.proxy = ""
    }

    /// The time for a connection to one of `addresses`, and for a reply on it before the store may be used: so many of them take no longer
    /// than one.
    public var attemptTimeout: Duration { max(connection.connectTimeout / max(addresses.count, 1), timeout) }

    /// How one server is reached, whether configured or named by another.
    public func connection(to address: StoreAddress) -> UpstreamSettings {
        var settings = connection
        settings.url = "\(connection.isTLS ? "https" : "http")://\(address)"
        if addresses.contains(address) { settings.connectTimeout = attemptTimeout }
        return settings
    }
}
