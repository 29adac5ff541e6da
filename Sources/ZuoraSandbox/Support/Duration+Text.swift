extension Duration {
    /// Reads a number with its unit: `500ms`, `1.5s`, `2m`, `1h`. Never negative.
    init?(unitText text: some StringProtocol) {
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)]
        for (unit, seconds) in units where text.hasSuffix(unit) {
            guard let number = Double(text.dropLast(unit.utf8.count)), number >= 0, number <= 1e9 else { return nil }
            self = .nanoseconds(Int64(number * seconds * 1e9))
            return
        }
        return nil
    }

    /// The inverse of `init(unitText:)`, in milliseconds or seconds.
    var unitText: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }
}
