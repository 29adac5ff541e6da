public import ArgumentParser

/// The manual page of a program in man(7)'s markup, made from the command line's own description, so that it cannot say anything else.
public struct ManualPage {
    /// Terms with their meanings, below a heading.
    public struct Section {
        let title: String
        let items: KeyValuePairs<String, String>

        public init(_ title: String, _ items: KeyValuePairs<String, String>) {
            self.title = title
            self.items = items
        }
    }

    private let program: any ParsableCommand.Type
    private let sections: [Section]

    /// - Parameter sections: what the command line does not describe.
    public init(of program: any ParsableCommand.Type, _ sections: Section...) {
        self.program = program
        self.sections = sections
    }

    public var text: String {
        let root = program.configuration
        let name = Roff.escaped(root.commandName ?? "")
        var page = Roff()
        page.line(".TH \(name.uppercased()) 1 \"\" \"\(name) \(Roff.escaped(root.version))\" \"User Commands\"")
        page.heading("NAME")
        // The form that whatis(1) expects.
        page.line("\(name) \\- \(Roff.escaped(Self.inSentence(root.abstract)))")
        page.heading("SYNOPSIS")
        for usage in program.usageString(for: program).split(separator: "\n") { page.paragraph(String(usage)) }
        page.heading("DESCRIPTION")
        page.prose(root.discussion)
        let options = options(of: program)
        if !options.isEmpty {
            page.heading("OPTIONS")
            for (label, text) in options { page.item(label, text) }
        }
        page.heading("COMMANDS")
        for command in root.subcommands where command.configuration.shouldDisplay { add(command, to: &page) }
        for section in sections {
            page.heading(section.title)
            for (label, text) in section.items { page.item(label, text) }
        }
        return page.lines.joined(separator: "\n")
    }

    private func add(_ command: any ParsableCommand.Type, to page: inout Roff) {
        let configuration = command.configuration
        page.line(".SS \(Roff.escaped(configuration.commandName ?? ""))")
        page.paragraph(configuration.abstract)
        page.prose(configuration.discussion)
        page.paragraph(program.usageString(for: command))
        for (label, text) in options(of: command) { page.item(label, text) }
    }

    /// Arguments and options as `--help` lists them, without those that every command has.
    private func options(of command: any ParsableCommand.Type) -> [(label: String, text: String)] {
        var options: [(label: String, text: String)] = []
        var isListing = false
        // Wide enough to avoid wrapping.
        for line in program.helpMessage(for: command, columns: 10_000).split(
            separator: "\n", omittingEmptySubsequences: false)
        {
            if line.hasSuffix(":"), !line.hasPrefix(" ") { isListing = line == "ARGUMENTS:" || line == "OPTIONS:" }
            guard isListing, line.hasPrefix("  ") else { continue }
            let entry = line.dropFirst(2)
            if entry.hasPrefix(" ") {
                // The text of a label that was too long for one line.
                if let last = options.indices.last { options[last].text += entry.trimmingSpaces }
            } else if let gap = entry.range(ofSpaces: 2) {
                options.append((String(entry[..<gap]), String(entry[gap...].trimmingSpaces)))
            } else {
                options.append((String(entry), ""))
            }
        }
        return options.filter { $0.label != "--version" && $0.label != "-h, --help" }
    }

    /// `An abstract.` as it appears after a dash.
    private static func inSentence(_ abstract: String) -> String {
        let text = abstract.hasSuffix(".") ? abstract.dropLast() : abstract[...]
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring { drop { $0 == " " } }

    /// The start of the first run of at least that many spaces.
    fileprivate func range(ofSpaces count: Int) -> Index? {
        indices.first { self[$0...].prefix(count) == String(repeating: " ", count: count)[...] }
    }
}

/// Lines of a manual page (man(7)).
struct Roff {
    private(set) var lines: [String] = []

    mutating func line(_ text: String) { lines.append(text) }

    mutating func heading(_ text: String) { lines.append(".SH \(Self.escaped(text))") }

    mutating func paragraph(_ text: String) { lines += [".PP", Self.escaped(text)] }

    /// A term and what it means.
    mutating func item(_ label: String, _ text: String) { lines += [".TP", ".B \(Self.escaped(label))", Self.escaped(text)] }

    /// Paragraphs separated by blank lines. Preformatted ones keep their lines.
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

    /// Escapes backslashes, hyphens and a leading dot, which are special in roff.
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
