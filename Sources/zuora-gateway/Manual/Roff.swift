/// Lines of a manual page (man(7)).
struct Roff {
    private(set) var lines: [String] = []

    mutating func line(_ text: String) { lines.append(text) }

    mutating func heading(_ text: String) { lines.append(".SH \(Self.escaped(text))") }

    mutating func paragraph(_ text: String) { lines += [".PP", Self.escaped(text)] }

    /// A term and what it means.
    mutating func item(_ label: String, _ text: String) { lines += [".TP", ".B \(Self.escaped(label))", Self.escaped(text)] }

    /// Paragraphs with blank lines between them. One that is laid out with spaces keeps its lines.
    mutating func prose(_ text: String) {
        for paragraph in text.split(separator: "\n\n") {
            guard paragraph.contains("   ") else {
                self.paragraph(paragraph.split(separator: "\n").joined(separator: " "))
                continue
            }
            lines += [".PP", ".nf"]
            lines += paragraph.split(separator: "\n").map { Self.escaped(String($0)) }
            lines.append(".fi")
        }
    }

    /// A backslash, a hyphen and a dot at a line's beginning mean something to roff.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            default: escaped.append(character)
            }
        }
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }
}
