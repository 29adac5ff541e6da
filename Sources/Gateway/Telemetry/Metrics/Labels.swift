import Wire

/// A name from the configuration, in the forms for log and metrics. A class, so that passing it costs one
/// reference count, and a log line copies its bytes unchanged.
public final class Label: Sendable {
    public let name: String
    /// Its index in the table that created it; 0 is `LabelTable.none`.
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

/// Assigns each configured name a permanent slot: counters are indexed by slot, and a request that began under an older
/// configuration is still counted for the right name.
///
/// Names are only ever added, so that a reload never moves one. A value: the code that loads configurations owns the table and
/// passes copies to renderers.
public struct LabelTable: Sendable {
    /// By slot.
    public private(set) var labels: [Label]
    private var slots: [String: Int]

    /// Stands for "none", such as a request without a known tenant. Its name is not valid in a configuration.
    public static let none = Label(name: "(none)", slot: 0)

    public init() {
        labels = [Self.none]
        slots = [Self.none.name: 0]
    }

    /// The label of `name`; the same object each time.
    public mutating func label(_ name: String) -> Label {
        if let slot = slots[name] { return labels[slot] }
        let label = Label(name: name, slot: labels.count)
        slots[name] = label.slot
        labels.append(label)
        return label
    }

    /// The label in a slot; `none` if the slot does not exist.
    public subscript(slot: Int) -> Label { labels.indices.contains(slot) ? labels[slot] : Self.none }
}

/// The possible label values of metrics. All come from the configuration, so that callers cannot create series.
public struct MetricsLabels: Sendable {
    public var tenants = LabelTable()
    public var routes = LabelTable()
    public var callers = LabelTable()

    public init() {}
}
