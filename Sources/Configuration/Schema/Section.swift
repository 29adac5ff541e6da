/// The keys that one table of the file may have.
struct Section<Root>: Sendable {
    /// As the file writes it: `[limits]`, `[tenants.NAME]`.
    let heading: String
    let introduction: String
    let fields: [Field<Root>]
    private let positions: [String: Int]

    init(_ heading: String, _ introduction: String, _ fields: [Field<Root>]) {
        self.heading = heading
        self.introduction = introduction
        self.fields = fields
        positions = Dictionary(fields.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    var keys: [String] { fields.map(\.name) }

    /// Reads every key that is there, and reports those that are unknown or missing.
    func read(_ table: NodeTable, into root: inout Root, _ reading: inout Reading) {
        for entry in table.entries {
            reading.at(.key(entry.key)) { reading in
                if let position = positions[entry.key] {
                    fields[position].read(entry.node, &root, &reading)
                } else {
                    reading.unknownKey(entry.key, known: keys, in: heading)
                }
            }
        }
        for field in fields where field.isRequired && table[field.name] == nil {
            reading.at(.key(field.name)) { reading in
                reading.error("missing", hint: field.example.map { "\(field.name) = \($0)" })
            }
        }
    }
}

extension Reading {
    /// Reports a key that the table does not have, with the likely reason.
    mutating func unknownKey(_ key: String, known: [String], in heading: String) {
        var hint = report.didYouMean(key, known)
        if hint == nil, let home = Schema.homes[key], home != heading { hint = "\(quoted(key)) belongs in \(home)" }
        error("unknown key", hint: hint)
    }
}
