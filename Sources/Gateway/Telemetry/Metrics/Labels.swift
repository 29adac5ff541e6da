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

/// Gives each configured name a slot that it keeps: counters are found by slot, and a request that began under an older
/// configuration still counts for the right name.
///
/// Names are only ever added, so that a reload never moves one. A value: whoever loads configurations owns the table and hands
/// copies of it to whoever renders.
public struct LabelTable: Sendable {
    /// By slot.
    public private(set) var labels: [Label]
    private var slots: [String: Int]

    /// What stands for "no such thing": a request without a known tenant, for one. Its name is not one that a configuration can
    /// have.
    public static let none = Label(name: "(none)", slot: 0)

    public init() {
        labels = [Self.none]
        slots = [Self.none.name: 0]
    }

    /// The label of `name`; the same one each time.
    public mutating func label(_ name: String) -> Label {
        if let slot = slots[name] { return labels[slot] }
        let label = Label(name: name, slot: labels.count)
        slots[name] = label.slot
        labels.append(label)
        return label
    }

    /// The label in a slot; `none` when there is no such slot.
    public subscript(slot: Int) -> Label { labels.indices.contains(slot) ? labels[slot] : Self.none }
}

/// What metrics may be labelled with. All of it comes from the configuration, so that no caller can make series grow.
public struct MetricsLabels: Sendable {
    public var tenants = LabelTable()
    public var routes = LabelTable()

    public init() {}
}
