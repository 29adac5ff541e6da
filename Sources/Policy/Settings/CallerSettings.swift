/// Who may call, and for what. With no caller configured, every client that can reach a listener is trusted.
public struct CallerSettings: Hashable, Sendable {
    /// The key under `[callers]`.
    public var name: String
    /// SHA-256 of accepted keys, 32 bytes each; several, so that keys can rotate.
    public var keyHashes: [[UInt8]] = []
    /// Unix-socket peers by uid and gid.
    public var peerUIDs: [UInt32] = []
    public var peerGIDs: [UInt32] = []
    /// Client-certificate subject alternative names: `spiffe://…` and other URIs, or DNS names.
    public var sans: [String] = []
    /// Tenants that the caller may name; nil: all.
    public var tenants: [String]?
    /// Routes that the caller may use; nil: all that the tenant forwards.
    public var routes: [String]?

    public init(name: String) { self.name = name }
}
