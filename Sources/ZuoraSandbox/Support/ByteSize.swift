/// Reads a size: `100`, `64KiB`, `10MiB`, `2GiB` (also `KB`, `MB`, `GB` in thousands).
func byteSize(_ text: some StringProtocol) -> Int? {
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000)]
    for (unit, factor) in units where text.hasSuffix(unit) {
        guard let number = Int(text.dropLast(unit.utf8.count)), number >= 0 else { return nil }
        let (size, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : size
    }
    guard let size = Int(text), size >= 0 else { return nil }
    return size
}
