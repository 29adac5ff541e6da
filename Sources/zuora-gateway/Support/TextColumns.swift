/// Rows of cells in aligned columns. The last cell of a row is not padded.
struct TextColumns {
    private var rows: [[String]] = []
    /// The maximum width up to which a long cell widens its column.
    var widest = 44

    mutating func add(_ cells: String...) { rows.append(cells) }

    var isEmpty: Bool { rows.isEmpty }

    /// - Parameter decorate: styles a cell by its column; must not change its displayed width.
    func lines(indent: Int = 2, decorate: (Int, String) -> String = { $1 }) -> [String] {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.dropLast().enumerated() {
                if column == widths.count { widths.append(0) }
                if cell.count <= widest { widths[column] = max(widths[column], cell.count) }
            }
        }
        return rows.map { row in
            var line = String(repeating: " ", count: indent)
            for (column, cell) in row.enumerated() {
                line += decorate(column, cell)
                guard column < row.count - 1 else { break }
                line += String(repeating: " ", count: max(0, widths[column] - cell.count) + 2)
            }
            return line
        }
    }
}
