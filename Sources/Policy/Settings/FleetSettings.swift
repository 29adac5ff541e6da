/// The store that the members of a fleet share: `[fleet]`.
public struct FleetSettings: Hashable, Sendable {
    /// How the store is reached: `https://` stands for `rediss://`, `http://` for `redis://`.
    public var connection: UpstreamSettings
    /// The ACL user; nil for the default one.
    public var username: String?
    public var password: SecretSource?
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

    public init(url: String) {
        connection = UpstreamSettings(url: url)
        connection.connectTimeout = .seconds(2)
        connection.proxy = ""
    }
}
