import TOMLKit

/// A file that is TOML, read.
struct Document {
    var root: NodeTable

    /// More than this is refused unread. Ten thousand tenants take about 4 MiB.
    static let maximumSize = 64 << 20

    init(_ text: String) throws(SyntaxError) {
        let bytes = Array(text.utf8)
        // A C string ends at a NUL: the rest of the file would silently not count.
        if let nul = bytes.firstIndex(of: 0) {
            throw SyntaxError(line: 1 + bytes[..<nul].count { $0 == .lineFeed }, message: "a NUL byte: the file is not text")
        }
        var scanner = Scanner(bytes)
        root = try scanner.document()
        try Self.judge(text)
    }

    /// Asks TOMLKit, too, whether the text is TOML.
    private static func judge(_ text: String) throws(SyntaxError) {
        do {
            // It frees none of its tree unless told to; and it takes six quotes at the very end for an open string.
            try TOMLTable(string: text + "\n").clear()
        } catch let error as TOMLParseError {
            let begin = error.source.begin
            throw SyntaxError(line: begin.line, column: begin.column, message: plain(error.description))
        } catch {
            throw SyntaxError(line: 1, message: "\(error)")
        }
    }

    /// "Error while parsing table header: x" without its first words.
    private static func plain(_ description: String) -> String {
        description.firstRange(of: ": ").map { String(description[$0.upperBound...]) } ?? description
    }
}
