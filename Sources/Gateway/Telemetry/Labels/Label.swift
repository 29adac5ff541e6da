import Wire

/// A name from the configuration, in the forms in which log and metrics want it. A class, so that handing it about costs one
/// reference count, and a log line takes its bytes as they are.
public final class Label: Sendable {
    public let name: String
    /// Its index in the table that made it; 0 is `LabelTable.none`.
    public let slot: Int
    /// The name as a JSON string, quotation marks included.
    let json: [UInt8]

    init(name: String, slot: Int) {
        self.name = name
        self.slot = slot
        var writer = JSONWriter()
        writer.value(name)
        json = writer.bytes
    }
}

extension Label: Hashable {
    public static func == (a: Label, b: Label) -> Bool { a.slot == b.slot && a.name == b.name }

    public func hash(into hasher: inout Hasher) { hasher.combine(slot) }
}
