/// Calls that have begun and are not finished, by tenant or, with Multi-entity, by entity.
struct InFlight: Sendable {
    private(set) var counts: [String: Int] = [:]
    /// The most that there have been at the same time.
    private(set) var peaks: [String: Int] = [:]
    private var slots: [Int: String] = [:]

    /// - Returns: how many are in flight with this one.
    mutating func begin(call: Int, slot: String) -> Int {
        let count = counts[slot, default: 0] + 1
        counts[slot] = count
        peaks[slot] = max(peaks[slot, default: 0], count)
        slots[call] = slot
        return count
    }

    mutating func finish(call: Int) {
        guard let slot = slots.removeValue(forKey: call), let count = counts[slot] else { return }
        counts[slot] = count > 1 ? count - 1 : nil
    }
}
