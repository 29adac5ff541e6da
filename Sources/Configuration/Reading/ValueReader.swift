import Policy

/// How a value of one type is read, checked and shown.
struct ValueReader<Value>: Sendable {
    /// The type and its range, for the reference.
    let form: String
    /// The value as the file would write it.
    let text: @Sendable (Value) -> String
    /// Returns nil after reporting an error.
    let read: @Sendable (Node, inout Reading) -> Value?
}

extension ValueReader where Value: Comparable & Sendable {
    /// A value in a range.
    /// - Parameters:
    ///   - text: the value for a message.
    ///   - read: returns nil after reporting an error.
    private static func ranged(
        _ kind: String, _ range: ClosedRange<Value>, isQuoted: Bool = false, text: @escaping @Sendable (Value) -> String,
        read: @escaping @Sendable (Node, inout Reading) -> Value?
    ) -> Self {
        let limits = "\(text(range.lowerBound)) to \(text(range.upperBound))"
        return ValueReader(form: "\(kind), \(limits)", text: { isQuoted ? quoted(text($0)) : text($0) }) { node, reading in
            guard let value = read(node, &reading) else { return nil }
            guard range.contains(value) else {
                let written = if case .string(let text) = node.value { quoted(text) } else { "\(value)" }
                reading.error("\(written) is out of range", hint: limits)
                return nil
            }
            return value
        }
    }

    /// A number with a unit.
    /// - Parameter units: what an integer without one may have meant.
    private static func quantity(
        _ kind: String, _ form: String, _ range: ClosedRange<Value>, text: @escaping @Sendable (Value) -> String,
        parse: @escaping @Sendable (String) -> Value?, units: @escaping @Sendable (Int) -> String
    ) -> Self {
        ranged(kind, range, isQuoted: true, text: text) { node, reading in
            let hint: String? = if case .integer(let number) = node.value { "add a unit: \(units(number))" } else { nil }
            guard let text = reading.string(node, "a \(kind): \(form)", hint: hint) else { return nil }
            guard let value = parse(text) else {
                reading.error("\(quoted(text)) is not a \(kind)", hint: form)
                return nil
            }
            return value
        }
    }
}

extension ValueReader where Value == Duration {
    static func duration(_ range: ClosedRange<Duration>) -> Self {
        quantity("duration", DurationText.form, range, text: DurationText.text, parse: DurationText.parse) {
            "\"\($0)s\" or \"\($0)ms\""
        }
    }
}

extension ValueReader where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Self {
        ranged("integer", range, text: { "\($0)" }) { node, reading in
            guard case .integer(let number) = node.value else {
                reading.expected("an integer", node)
                return nil
            }
            return number
        }
    }

    static func size(_ range: ClosedRange<Int>) -> Self {
        quantity("size", SizeText.form, range, text: SizeText.text, parse: SizeText.parse) { quoted(SizeText.text($0)) }
    }
}

extension ValueReader where Value == Double {
    /// `"20%"`, kept as 0.2.
    static func percentage(from least: Int) -> Self {
        ValueReader(form: "percentage, \(least)% to 100%", text: percentageText) { node, reading in
            guard case .string(let text) = node.value, let (number, unit) = splitQuantity(text), unit == "%",
                (Double(least)...100).contains(number)
            else {
                reading.error("expected a percentage from \"\(least)%\" to \"100%\"", hint: "such as \"20%\"")
                return nil
            }
            return number / 100
        }
    }

    private static let percentageText: @Sendable (Double) -> String = { share in
        let percent = share * 100
        return percent == percent.rounded() ? "\"\(Int(percent))%\"" : "\"\(percent)%\""
    }

    /// An integer or a float, as with a rate.
    static func number(_ range: ClosedRange<Double>) -> Self {
        ranged("number", range, text: { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }) { node, reading in
            switch node.value {
            case .integer(let integer): return Double(integer)
            case .float(let float): return float
            default:
                reading.expected("a number", node)
                return nil
            }
        }
    }
}

extension ValueReader where Value == Bool {
    static let boolean = ValueReader(form: "true or false", text: { "\($0)" }) { node, reading in
        guard case .boolean(let value) = node.value else {
            reading.expected("true or false", node)
            return nil
        }
        return value
    }
}

extension ValueReader where Value == String {
    /// - Parameters:
    ///   - hint: what would be valid.
    ///   - problem: the problem of a text; nil if it is valid.
    static func string(_ form: String, hint: String? = nil, problem: @escaping @Sendable (String) -> String?) -> Self {
        ValueReader(form: form, text: quoted) { node, reading in
            guard let text = reading.string(node, "a string") else { return nil }
            if let problem = problem(text) {
                reading.error(problem, hint: hint)
                return nil
            }
            return text
        }
    }

    /// A file; a relative path is taken from the directory that the configuration is in.
    static let file = ValueReader(form: "path", text: quoted) { node, reading in
        guard let text = reading.string(node, "a path, a string") else { return nil }
        guard !text.isEmpty, text.utf8.count < 4096 else {
            reading.error(text.isEmpty ? "an empty path" : "longer than the 4095 bytes that a path may have")
            return nil
        }
        return reading.resolve(text)
    }

    /// A DNS name, made small.
    static let host = ValueReader(form: "DNS name", text: quoted) { node, reading in
        guard let text = reading.string(node, "a DNS name, a string") else { return nil }
        guard HostName.isName(text) else {
            reading.error("\(quoted(text)) is not a DNS name", hint: "without scheme and port")
            return nil
        }
        return text.lowercased()
    }

    /// The name of a tenant, an entity or a route: whether it exists is checked once all is read.
    static let name = string("name", problem: nameProblem)

    static func nameProblem(_ name: String) -> String? {
        Names.isName(name) ? nil : "\(quoted(name)) is not a valid name: \(Names.nameForm)"
    }
}

extension ValueReader where Value: Sendable {
    /// One of a few words, each with its meaning.
    static func words(_ words: [(word: String, value: Value)]) -> Self where Value: Equatable {
        let all = words.map { quoted($0.word) }.joined(separator: ", ")
        return ValueReader(
            form: words.count == 1 ? all : "one of \(all)",
            text: { value in words.first { $0.value == value }.map { quoted($0.word) } ?? "" }
        ) { node, reading in
            guard let text = reading.string(node, "one of \(all)") else { return nil }
            guard let found = words.first(where: { $0.word == text }) else {
                let hint = reading.report.didYouMean(text, words.map(\.word))
                reading.error("\(quoted(text)) is not one of \(all)", hint: hint)
                return nil
            }
            return found.value
        }
    }

    static func choice() -> Self where Value: RawRepresentable<String> & CaseIterable & Equatable {
        words(Value.allCases.map { ($0.rawValue, $0) })
    }
}

extension ValueReader {
    /// An array of at least one value, without duplicates. A single value needs no brackets.
    static func list<Element: Hashable & SendableMetatype>(of reader: ValueReader<Element>) -> Self where Value == [Element] {
        ValueReader(form: "array of: \(reader.form)", text: { "[" + $0.map(reader.text).joined(separator: ", ") + "]" }) {
            node, reading in
            guard case .array(let elements) = node.value else {
                return reader.read(node, &reading).map { [$0] }
            }
            if elements.isEmpty {
                reading.error("an empty array")
                return nil
            }
            var values: [Element] = []
            var seen = Set<Element>()
            for (index, element) in elements.enumerated() {
                reading.at(.index(index)) { reading in
                    guard let value = reader.read(element, &reading) else { return }
                    if seen.insert(value).inserted {
                        values.append(value)
                    } else {
                        reading.error("listed twice: \(reader.text(value))")
                    }
                }
            }
            return values
        }
    }
}
