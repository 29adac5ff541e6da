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

    /// A line of JSON, without its line feed, for a process that does not log yet.
    public static func line(label: String, level: Logger.Level, message: String, metadata: Logger.Metadata) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.member("time", WallTime.now().rfc3339)
        json.member("level", level.rawValue)
        json.member("logger", label)
        json.member("message", message)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            json.key(key)
            json.metadata(value)
        }
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// The event's line, line feed included.
    func line(_ event: LogEvent, _ time: WallTime) -> [UInt8] {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        let members = all.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
        if format != .json { return otherLine(format, event, members, time) + [UInt8(ascii: "\n")] }
        var json = JSONWriter()
        json.beginObject()
        json.member("time", time.rfc3339)
        json.member("level", event.level.rawValue)
        json.member("logger", label)
        json.member("message", event.message.description)
        if let error = event.error { json.member("error", "\(error)") }
        for (key, value) in members {
            json.key(Self.taken.contains(key) ? "_" + key : key)
            json.metadata(value)
        }
        json.endObject()
        json.bytes.append(UInt8(ascii: "\n"))
        return json.bytes
    }

    private static let taken: Set<String> = ["time", "level", "logger", "message", "error"]
}

extension JSONWriter {
    /// Numbers and truth values are written as such.
    mutating func metadata(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): self.value(text)
        case .stringConvertible(let number as Int): self.value(number)
        case .stringConvertible(let flag as Bool): self.value(flag)
        case .stringConvertible(let thing): self.value(thing.description)
        case .array(let elements):
            beginArray()
            for element in elements { metadata(element) }
            endArray()
        case .dictionary(let members):
            beginObject()
            for (key, value) in members.sorted(by: { $0.key < $1.key }) {
                self.key(key)
                metadata(value)
            }
            endObject()
        }
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
