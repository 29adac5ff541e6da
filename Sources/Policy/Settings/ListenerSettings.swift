/// One address that callers connect to.
public struct ListenerSettings: Hashable, Sendable {
    public var address: ListenAddress
    /// The tenant of every request that comes in here; nil: the caller names it.
    public var tenant: String?
    /// Permission bits of a Unix socket's file; nil leaves what the umask gives.
    public var mode: UInt32?
    /// Owner and group of a Unix socket's file, names already resolved; nil leaves the process's own.
    public var ownerID: UInt32?
    public var groupID: UInt32?

    public init(address: ListenAddress, tenant: String? = nil) {
        self.address = address
        self.tenant = tenant
    }
}
