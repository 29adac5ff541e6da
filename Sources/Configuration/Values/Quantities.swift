/// Durations as the file writes them: one number with one unit.
public enum DurationText {
    public static let form = "a number with a unit (ms, s, m or h), such as \"500ms\" or \"10s\""

    /// - Returns: nil if malformed or beyond 10,000 hours.
    public static func parse(_ text: String) -> Duration? {
        guard let (number, unit) = splitQuantity(text) else { return nil }
        let milliseconds: Double =
            switch unit {
            case "ms": 1
            case "s": 1000
            case "m": 60_000
            case "h": 3_600_000
            default: 0
            }
        let total = number * milliseconds
        guard milliseconds > 0, total <= 36_000_000_000 else { return nil }
        return .microseconds(Int64((total * 1000).rounded()))
    }

    /// The shortest spelling: `500ms`, `10s`, `130s`, `10m`, `1h`.
    public static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        if attoseconds != 0 { return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms" }
        if seconds >= 3600, seconds % 3600 == 0 { return "\(seconds / 3600)h" }
        if seconds >= 120, seconds % 60 == 0 { return "\(seconds / 60)m" }
        return "\(seconds)s"
    }
}

/// `1.5s` into 1.5 and `s`: digits, perhaps a point and more digits, then letters or `%`. nil for anything else.
func splitQuantity(_ text: String) -> (number: Double, unit: String)? {
    let digits = text.utf8.prefix { $0.isDigit || $0 == .dot }
    guard let first = digits.first, let last = digits.last, first.isDigit, last.isDigit, digits.count <= 15,
        let number = Double(String(text.prefix(digits.count)))
    else { return nil }
    return (number, String(text.dropFirst(digits.count)))
}

/// Sizes as the file writes them: a whole number of bytes by a unit.
public enum SizeText {
    public static let form = "a number with a unit (B, KiB, MiB, GiB, KB, MB or GB), such as \"64KiB\""

    /// - Returns: bytes; nil if malformed, not a whole number of bytes, or beyond 1 TiB.
    public static func parse(_ text: String) -> Int? {
        guard let (number, unit) = splitQuantity(text), let bytes = units.first(where: { $0.name == unit })?.bytes else {
            return nil
        }
        let total = number * Double(bytes)
        guard total <= 0x1p40, total == total.rounded() else { return nil }
        return Int(total)
    }

    /// In the largest binary unit that divides it.
    public static func text(_ bytes: Int) -> String {
        for unit in units.prefix(3) where bytes >= unit.bytes && bytes % unit.bytes == 0 {
            return "\(bytes / unit.bytes)\(unit.name)"
        }
        return "\(bytes)B"
    }

    private static let units: [(name: String, bytes: Int)] = [
        ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
        ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000), ("kB", 1000), ("B", 1),
    ]
}
