public import Wire

/// Which configuration is in force, and how the last attempt to replace it went.
public struct ConfigurationStatus: Sendable {
    /// When the one in force was loaded.
    public var loadedAt: WallTime
    /// Reloads since the start that took effect, and that did not.
    public var reloads = 0
    public var failures = 0
    /// Why the last reload did not take effect; nil if it did, or if there was none.
    public var error: String?
    public var failedAt: WallTime?
    /// Keys of the one in force that a restart only can put in force, such as `gateway.workers`.
    public var awaitingRestart: [String] = []

    public init(loadedAt: WallTime) { self.loadedAt = loadedAt }
}
