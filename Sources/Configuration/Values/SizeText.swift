/// Sizes as the file writes them: a whole number of bytes by a unit.
public enum SizeText {
    public static let form = "a number with a unit (B, KiB, MiB, GiB, KB, MB or GB), such as \"64KiB\""

    /// - Returns: bytes; nil if it is not of the form, no whole number of bytes, or beyond 1 TiB.
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
