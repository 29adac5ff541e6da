public import Logging
public import Policy
import Synchronization
import Wire

/// Writes diagnostics, one line per event, in the configured format. As JSON: `{"time":"…","level":"info","logger":"gateway","message":"…", metadata …}`.
///
/// Lines go through a `LogDrain`, so that loggers never block on a reader. Metadata keys are on the same level as others; a key
/// that clashes gets a leading underscore.
public struct JSONLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    let label: String
    private let format: LogFormat
    private let shared: LogLevel
    private let drain: LogDrain
    /// The level of this logger only, once set.
    private var own: Logger.Level?

    /// - Parameter level: shared by all handlers of the process.
    public init(
        label: String, level: LogLevel, drain: LogDrain, format: LogFormat = .json,
        metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.label = label
        shared = level
        self.drain = drain
        self.format = format
        self.metadataProvider = metadataProvider
    }

    public var logLevel: Logger.Level {
        get { own ?? shared.level }
        set { own = newValue }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) { drain.submit(line(event, .now())) }

    /// The event's line, line feed included.
    func line(_ event: LogEvent, _ time: WallTime) -> [UInt8] {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        return DiagnosticLine(
            level: event.level, logger: label, message: event.message.description, error: event.error.map { "\($0)" },
            metadata: all
        ).bytes(format, time)
    }
}

/// The level of all loggers, changeable at run time.
public final class LogLevel: Sendable {
    private let index: Atomic<Int>

    public init(_ level: Logger.Level) { index = Atomic(Self.index(level)) }

    public var level: Logger.Level {
        get { Logger.Level.allCases[index.load(ordering: .relaxed)] }
        set { index.store(Self.index(newValue), ordering: .relaxed) }
    }

    private static func index(_ level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }
}
