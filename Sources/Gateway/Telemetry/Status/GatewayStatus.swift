public import Wire

/// How the process is doing.
public struct GatewayStatus: Sendable {
    public enum Stage: Sendable { case starting, running, draining }

    public var version: String
    public var stage: Stage
    public var startedAt: WallTime
    public var now: WallTime
    public var workers = 1
    public var configuration: ConfigurationStatus
    /// Lines of the access log that were lost.
    public var droppedLines: UInt64 = 0
    public var usage = ProcessUsage(residentBytes: 0, cpuSeconds: 0)
    /// Requests under way or waiting, and bytes of bodies held for them: what `[limits]` bounds.
    public var requests = 0
    public var heldBytes = 0
    /// What keeps the whole gateway from serving, in plain words.
    public var missing: [String] = []

    public init(
        version: String, stage: Stage, startedAt: WallTime, now: WallTime, configuration: ConfigurationStatus
    ) {
        self.version = version
        self.stage = stage
        self.startedAt = startedAt
        self.now = now
        self.configuration = configuration
    }

    /// Whole seconds since the start; never negative, whatever the clock does.
    var uptime: Int { Int(max(now.seconds - startedAt.seconds, 0)) }
}
