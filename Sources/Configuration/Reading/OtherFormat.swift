/// A format that a file was probably written in by mistake.
enum OtherFormat: String {
    case json = "JSON"
    case yaml = "YAML"

    /// Judges by the file's name, or else by its first line that is not a comment.
    /// - Parameter content: not valid TOML.
    init?(of content: [UInt8], file: String) {
        switch file.split(separator: ".").last?.lowercased() {
        case "json": self = .json
        case "yaml", "yml": self = .yaml
        default:
            let lines = content.prefix(64 << 10).split(separator: UInt8(ascii: "\n"), maxSplits: 1000)
            let texts = lines.lazy.map { String(decoding: $0, as: UTF8.self).trimmed }
            guard let first = texts.first(where: { !$0.isEmpty && !$0.hasPrefix("#") }) else { return nil }
            if first.hasPrefix("{") {
                self = .json
            } else if first.hasPrefix("---") || first.prefix(while: { $0.isLetter || $0 == "_" || $0 == "-" }).isKey(of: first) {
                self = .yaml
            } else {
                return nil
            }
        }
    }
}

extension Substring {
    /// Whether the line goes on with a colon: `gateway:`, `listen: 127.0.0.1`.
    fileprivate func isKey(of line: String) -> Bool {
        guard !isEmpty else { return false }
        let rest = line[endIndex...]
        return rest == ":" || rest.hasPrefix(": ")
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
