/// The file's keys: the single source for validation and the reference.
enum Schema {
    /// The tables at the top.
    static let topLevel = ["gateway", "limits", "upstream", "fleet", "callers", "tenants", "routes"]

    /// The table that each key belongs to, for hints about misplaced keys. Keys that several tables have are left out.
    static let homes: [String: String] = {
        var homes: [String: String] = [:]
        var shared = Set<String>()
        for (heading, keys) in [
            (gateway.heading, gateway.keys), (gatewayTLS.heading, gatewayTLS.keys), (gatewayTracing.heading, gatewayTracing.keys),
            (limits.heading, limits.keys),
            (upstream.heading, upstream.keys), (caller.heading, caller.keys),
            (tenant.heading, tenantOnly.keys), (retry.heading, retry.keys), (breaker.heading, breaker.keys),
            (gzip.heading, gzip.keys), (route.heading, route.keys),
        ] {
            for key in keys where homes.updateValue(heading, forKey: key) != nil { shared.insert(key) }
        }
        // A key that [fleet] shares with another table is more often the other's.
        for key in fleet.keys where homes[key] == nil { homes[key] = fleet.heading }
        return homes.filter { !shared.contains($0.key) }
    }()
}

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
    func read(_ table: Table, into root: inout Root, _ reading: inout Reading) {
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
        if hint == nil {
            if heading.hasPrefix("a ") {
                // A value: its keys are in no table.
                hint = "its keys are \(known.joined(separator: ", "))"
            } else if let home = Schema.homes[key], home != heading {
                hint = "\(quoted(key)) belongs in \(home)"
            }
        }
        error("unknown key", hint: hint)
    }
}

/// A key path to a setting that any thread may use.
typealias SendablePath<Root, Value> = any WritableKeyPath<Root, Value> & Sendable

/// One key of the file: how it is read into `Root`, and its text in the reference.
struct Field<Root>: Sendable {
    let name: String
    /// Its type and range.
    let form: String
    let isRequired: Bool
    /// What it does, in Markdown.
    let meaning: String
    /// A valid right-hand side.
    let example: String?
    /// The value of an absent key; nil for keys without a default.
    let defaultText: @Sendable (Root) -> String?
    let read: @Sendable (Node, inout Root, inout Reading) -> Void

    init(
        _ name: String, form: String, isRequired: Bool = false, _ meaning: String, example: String? = nil,
        defaultText: @escaping @Sendable (Root) -> String? = { _ in nil },
        read: @escaping @Sendable (Node, inout Root, inout Reading) -> Void
    ) {
        self.name = name
        self.form = form
        self.isRequired = isRequired
        self.meaning = meaning
        self.example = example
        self.defaultText = defaultText
        self.read = read
    }

    /// A key with a value in any case: the one that `Root` begins with, unless it is required.
    init<Value>(
        _ name: String, _ path: SendablePath<Root, Value>, _ reader: ValueReader<Value>, isRequired: Bool = false,
        _ meaning: String, example: String? = nil
    ) {
        self.init(
            name, form: reader.form, isRequired: isRequired, meaning, example: example,
            defaultText: { root in
                let text = reader.text(root[keyPath: path])
                return isRequired || text == "[]" ? nil : text
            }
        ) { node, root, reading in
            if let value = reader.read(node, &reading) { root[keyPath: path] = value }
        }
    }

    /// A key that may be absent.
    init<Value>(
        _ name: String, _ path: SendablePath<Root, Value?>, _ reader: ValueReader<Value>, isRequired: Bool = false,
        _ meaning: String, example: String? = nil
    ) {
        self.init(
            name, form: reader.form, isRequired: isRequired, meaning, example: example,
            defaultText: { $0[keyPath: path].map(reader.text) }
        ) { node, root, reading in
            if let value = reader.read(node, &reading) { root[keyPath: path] = value }
        }
    }

    /// A table with its own keys.
    init<Value>(
        _ name: String, _ path: SendablePath<Root, Value>, _ section: Section<Value>, _ meaning: String,
        example: String? = nil
    ) {
        self.init(name, form: "table, see below", meaning, example: example) { node, root, reading in
            guard let table = reading.table(node) else { return }
            section.read(table, into: &root[keyPath: path], &reading)
        }
    }

    /// The same key where `Root` is a part of something larger.
    func lifted<Whole>(_ path: SendablePath<Whole, Root>) -> Field<Whole> {
        Field<Whole>(
            name, form: form, isRequired: isRequired, meaning, example: example,
            defaultText: { defaultText($0[keyPath: path]) }
        ) { node, whole, reading in
            read(node, &whole[keyPath: path], &reading)
        }
    }
}

extension Reading {
    /// The table that the node has to be.
    mutating func table(_ node: Node) -> Table? {
        guard case .table(let table) = node.value else {
            expected("a table", node)
            return nil
        }
        return table
    }
}
