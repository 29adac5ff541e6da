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
